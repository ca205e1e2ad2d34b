import type { IncomingMessage, ServerResponse } from 'node:http';
import { isUnavailable, unavailable } from '../db/unavailable.ts';
import type { Logger } from '../logger.ts';
import { sendJson } from '../reply.ts';

/** Answers what was not foreseen: the log gets to know it, and the caller that it was not the caller's doing. */
export function failRequest(log: Logger, error: unknown, req: IncomingMessage, res: ServerResponse): void {
  if (isUnavailable(error)) {
    log.warn({ requestId: req.requestId, err: error }, 'a request needs what is unavailable');
    if (res.headersSent) res.destroy();
    else sendJson(res, 503, { error: unavailable().message }, ['Retry-After', '1']);
    return;
  }
  const { status: given } = (error ?? {}) as { status?: number };
  const isBadRequest = given !== undefined && given >= 400 && given < 500;
  if (!isBadRequest) log.error({ requestId: req.requestId, err: error }, 'request failed');
  if (res.headersSent) return void res.destroy();
  sendJson(res, isBadRequest ? given : 500, {
    error: isBadRequest ? 'bad request' : 'internal server error',
  });
}
