import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../logger.ts';
import { sendJson } from '../reply.ts';

/** Answers what was not foreseen: the log gets to know it, and the caller that it was not the caller's doing. */
export function failRequest(log: Logger, error: unknown, req: IncomingMessage, res: ServerResponse): void {
  const { status: given } = (error ?? {}) as { status?: number };
  const isBadRequest = given !== undefined && given >= 400 && given < 500;
  if (!isBadRequest) log.error({ requestId: req.requestId, err: error }, 'request failed');
  if (res.headersSent) return void res.destroy();
  sendJson(res, isBadRequest ? given : 500, {
    error: isBadRequest ? 'bad request' : 'internal server error',
  });
}
