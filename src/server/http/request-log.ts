import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../core/logger.ts';
import { keepHeader } from './reply.ts';

declare module 'node:http' {
  interface IncomingMessage {
    /** Identifies this request in the log and in the X-Request-Id response header. */
    requestId?: string;
  }
}

const wellFormed = /^[\w.-]{1,64}$/;

/** Assigns each request an id (the caller's `X-Request-Id` if well-formed) and logs requests at level debug. */
export function createRequestLog(log: Logger) {
  const prefix = randomBytes(4).toString('hex');
  let count = 0;

  return (request: IncomingMessage, response: ServerResponse): void => {
    const given = request.headers['x-request-id'];
    count += 1;
    request.requestId = typeof given === 'string' && wellFormed.test(given) ? given : `${prefix}-${count}`;
    keepHeader(response, 'X-Request-Id', request.requestId);
    if (!log.isLevelEnabled('debug')) return;

    const startedAt = performance.now();
    const { method, url = '' } = request;
    response.once('close', () => {
      log.debug(
        {
          requestId: request.requestId,
          method,
          // Without the query string, which holds private input.
          path: url.split('?', 1)[0],
          status: response.statusCode,
          ms: Math.round(performance.now() - startedAt),
          ...(!response.writableFinished && { aborted: true }),
        },
        'request',
      );
    });
  };
}
