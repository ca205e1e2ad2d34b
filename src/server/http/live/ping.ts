import type { Socket } from 'node:net';
import { forEachInSlices } from '../../core/slices.ts';
import { pingMs } from '../../infra/live/timing.ts';

/** A ping takes some 15 µs, and so does the pong that follows. */
const pingsPerSlice = 200;

/** Calls `ping` for each connection every `pingMs`, in slices, until the returned function is called. */
export function pingRegularly<Connection>(
  connections: Iterable<Connection>,
  ping: (connection: Connection) => void,
): () => void {
  const timer = setInterval(() => void forEachInSlices(connections, pingsPerSlice, ping), pingMs);
  timer.unref();
  return () => clearInterval(timer);
}

const taken = new WeakMap<Socket, number>();

/** Whether a connection with unread data has been read from since this was last asked. */
export function isBeingRead(socket: Socket): boolean {
  const flushed = socket.bytesWritten - socket.writableLength;
  const before = taken.get(socket);
  taken.set(socket, flushed);
  return before !== flushed;
}
