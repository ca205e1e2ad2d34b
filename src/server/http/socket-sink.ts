import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Batch, Format } from '../live/batch.ts';
import type { Sink } from '../live/sink.ts';

/** A reader with this many bytes ahead of it is let go; it comes back and resumes. */
export const maxBacklogBytes = 1024 * 1024;

/**
 * Writes finished bytes to a connection, past the layers above it: one write for a batch, with nothing to encode. It
 * is safe between whole messages, and all that is ever written there are whole messages.
 */
export function createSocketSink(
  socket: Socket,
  format: Format,
  { isOpen, drop }: { isOpen(): boolean; drop(): void },
): Sink {
  return {
    send(batch: Batch) {
      if (isOpen()) socket.write(batch.bytes(format));
    },

    get isFull() {
      return socket.writableLength > maxBacklogBytes;
    },

    drained() {
      const turn = (turns.get(socket) ?? Promise.resolve()).then(() => roomOn(socket));
      turns.set(socket, turn);
      return turn;
    },

    drop,
  };
}

/** The last turn that was given out on a connection. Its subscriptions send their history one after the other. */
const turns = new WeakMap<Socket, Promise<void>>();

async function roomOn(socket: Socket): Promise<void> {
  await new Promise(setImmediate); // whoever had the turn before has now used it
  if (!socket.writableNeedDrain || socket.destroyed) return;
  const done = new AbortController();
  const { signal } = done;
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
  done.abort(); // so that no listener is left behind
}
