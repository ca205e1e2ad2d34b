import type { Socket } from 'node:net';
import { type Connection, unreadBytesOf } from './requests.ts';

const sweepMs = 250;
/** A client that reads nothing for this long is disconnected; sooner with a large backlog. */
const silentMs = 30_000;
const stalledMs = 2000;
/** Bounds of the memory that unread responses of a connection, and of all connections, take for longer than a moment. */
const maxBytesPerConnection = 16 * 1024 * 1024;
const maxBytes = 64 * 1024 * 1024;

interface Progress {
  /** Bytes handed to the system at the last sweep. */
  sent: number;
  /** When that number last changed. */
  since: number;
}

/**
 * Disconnects clients that do not read their responses: after 30 seconds without progress (2 with a backlog above 16 MB),
 * and, while all backlogs together exceed 64 MB, the slowest first. Returns a function that stops watching.
 */
export function cutUnreadResponses(
  connections: ReadonlyMap<Socket, Connection>,
  onCut: () => void,
): () => void {
  const progress = new WeakMap<Socket, Progress>();

  function sweep(): void {
    const now = performance.now();
    const slow: { socket: Socket; unread: number; read: number }[] = [];
    let total = 0;
    for (const [socket, connection] of connections) {
      const unread = socket.destroyed ? 0 : unreadBytesOf(connection);
      if (unread === 0) {
        progress.delete(socket);
        continue;
      }
      const sent = socket.bytesWritten - socket.writableLength;
      const last = progress.get(socket);
      const since = last?.sent === sent ? last.since : now;
      progress.set(socket, { sent, since });
      if (now - since > (unread > maxBytesPerConnection ? stalledMs : silentMs)) cut(socket);
      else {
        total += unread;
        if (last) slow.push({ socket, unread, read: sent - last.sent });
      }
    }
    if (total <= maxBytes) return;
    for (const { socket, unread } of slow.sort((a, b) => a.read - b.read)) {
      cut(socket);
      total -= unread;
      if (total <= maxBytes) return;
    }
  }

  function cut(socket: Socket): void {
    onCut();
    socket.destroy();
  }

  const timer = setInterval(sweep, sweepMs);
  timer.unref();
  return () => clearInterval(timer);
}
