import type { IncomingMessage } from 'node:http';
import { pendingResponse } from '../pending-response.ts';

/** How much is discarded, in bytes, and for how long, before a connection is closed. */
const maxDiscarded = 16 * 1024 * 1024;
const maxDiscardingMs = 10_000;

/** Several places may refuse the same request. */
const discarded = new WeakSet<IncomingMessage>();

/**
 * For a request that is refused before its body has arrived. To be called before it is answered. Reads and discards what the client still
 * sends: closing a connection with unread data resets it, and the reset can overtake the answer. Up to 16 MB and 10 seconds; if there is
 * more, or may be, the answer says that the connection will be closed.
 */
export function discardRest(req: IncomingMessage): void {
  if (req.readableEnded || req.destroyed || discarded.has(req)) return;
  discarded.add(req);
  const { socket } = req;
  const response = pendingResponse(socket);
  if (req.httpVersionMajor > 1 || !response) return void req.resume();

  let left = maxDiscarded;
  const length = Number(req.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (length > left) response.shouldKeepAlive = false;
  // Node calls this once the answer is written, if the connection is not kept. It would close both directions.
  let isAnswered = false;
  socket.destroySoon = () => {
    isAnswered = true;
    socket.end();
  };
  const deadline = setTimeout(() => socket.destroy(), maxDiscardingMs);
  deadline.unref();
  req.once('close', () => clearTimeout(deadline));
  req.once('end', () => {
    clearTimeout(deadline);
    Reflect.deleteProperty(socket, 'destroySoon');
    if (isAnswered) socket.destroySoon();
  });
  // What is not read any more blocks the client until the deadline, and it has time for the answer.
  req.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) req.pause();
  });
  req.resume();
}
