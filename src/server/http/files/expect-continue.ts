import type { IncomingMessage, Server } from 'node:http';
import { pendingResponse } from '../pending-response.ts';

/** Whose clients wait to hear that they may send the body. */
const waiting = new WeakSet<IncomingMessage>();

/**
 * Node tells every client that sends `Expect: 100-continue` to go on before anybody has seen the request. This leaves it to
 * {@link sendContinue} where `isUpload` says so, so that a refusal known from the headers comes before the body.
 */
export function deferContinue(server: Server, isUpload: (req: IncomingMessage) => boolean): void {
  server.on('checkContinue', (req: IncomingMessage, res) => {
    if (isUpload(req)) waiting.add(req);
    else res.writeContinue();
    server.emit('request', req, res);
  });
}

/** Tells a client that waits for it to send the body. */
export function sendContinue(req: IncomingMessage): void {
  if (waiting.delete(req)) pendingResponse(req.socket)?.writeContinue();
}
