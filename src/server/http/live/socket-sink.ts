import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Batch, Format } from '../../infra/live/batch.ts';
import type { Sink } from '../../infra/live/sink.ts';

/** A reader that is this many bytes behind is disconnected; it may reconnect and resume. */
export const maxBacklogBytes = 1024 * 1024;

/** Marks a connection that is being closed, to which no events may be written any more. */
const closing = Symbol('closing');

type Connection = Socket & { [closing]?: true };

/** From now on, events for the connection's subscribers are discarded. */
export function stopSending(socket: Connection): void {
  socket[closing] = true;
}

/**
 * Writes encoded events directly to a socket, past Node's `ServerResponse` or ws's `WebSocket`: one write for a batch, and
 * no encoding for each reader. That is correct as long as those two hand over whole messages to the socket synchronously,
 * which tests/live/internals.test.ts checks.
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

/** The last turn given out on each connection: its subscriptions take turns to send their history. */
const turns = new WeakMap<Socket, Promise<void>>();

async function roomOn(socket: Socket): Promise<void> {
  await new Promise(setImmediate); // the subscription before has written its part by now
  if (!socket.writableNeedDrain || socket.destroyed) return;
  const done = new AbortController();
  const { signal } = done;
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
  done.abort(); // removes the other listener
}
