import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Batch, Format } from '../live/batch.ts';
import type { Sink } from '../live/sink.ts';

/** A reader with this many bytes ahead of it is let go; it comes back and resumes. */
export const maxBacklogBytes = 1024 * 1024;

/** On a connection where nothing may be written any more but by those who close it. */
const closing = Symbol('closing');

type Connection = Socket & { [closing]?: true };

/** From here on what is sent to the connection's subscribers is thrown away. */
export function stopSending(socket: Connection): void {
  socket[closing] = true;
}

/**
 * Writes finished bytes to a connection, past the layers above it: one write for a batch, with nothing to encode. It
 * is safe between whole messages, and all that is ever written there are whole messages.
 */
export class SocketSink implements Sink {
  readonly #socket: Connection;
  readonly #format: Format;
  readonly drop: () => void;

  constructor(socket: Connection, format: Format, drop: () => void) {
    this.#socket = socket;
    this.#format = format;
    this.drop = drop;
  }

  send(batch: Batch): boolean {
    const socket = this.#socket;
    if (socket[closing] || socket.writableEnded) return true;
    return socket.write(batch.bytes(this.#format)) || socket.writableLength <= maxBacklogBytes;
  }

  drained(): Promise<void> {
    const socket = this.#socket;
    const turn = (turns.get(socket) ?? Promise.resolve()).then(() => roomOn(socket));
    turns.set(socket, turn);
    return turn;
  }
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
