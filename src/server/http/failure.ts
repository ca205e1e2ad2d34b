import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../core/logger.ts';
import { sparingLog } from '../core/sparing-log.ts';
import { isUnavailable, unavailable } from '../infra/db/unavailable.ts';
import { sendJson } from './reply.ts';

/** Answers an unexpected error with a 5xx that reveals nothing, and logs the details. */
export function failRequest(log: Logger, error: unknown, req: IncomingMessage, res: ServerResponse): void {
  if (isUnavailable(error)) {
    sparingLog(log).warn({ requestId: req.requestId, err: error }, 'service unavailable');
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
