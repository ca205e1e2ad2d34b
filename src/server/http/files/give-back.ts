import type { IncomingMessage } from 'node:http';
import { MessageChannel } from 'node:worker_threads';

/** A closed port. What is transferred to it is detached, and then freed, as nobody can receive it. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Frees the memory of a buffer at once. The buffer is empty from then on: nothing may be using it any more. A buffer that is only a part of
 * its memory is left alone.
 *
 * The garbage collector would free it, but late: it lets tens of megabytes gather, and then marks the whole heap, which takes longer than
 * all else that is done for an upload.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  const isWhole = buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength;
  if (isWhole) nowhere.postMessage(undefined, [buffer]);
}

/**
 * The same for a piece of a body. It is left alone if others listen to the request, or if it did not come from a connection: applications
 * that Mirage is embedded in may still need it.
 */
export function givePieceBack(req: IncomingMessage, piece: Buffer): void {
  if (req.listenerCount('data') <= 1 && req.socket.bytesRead > 0) giveBack(piece);
}
