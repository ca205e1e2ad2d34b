import type { IncomingMessage } from 'node:http';
import type { Config } from '../../core/config.ts';
import { isSameOrigin } from '../same-origin.ts';

export interface Refusal {
  status: string;
  error: string;
  retryAfterMs?: number;
}

export const shuttingDown: Refusal = {
  status: '503 Service Unavailable',
  error: 'server is shutting down',
  retryAfterMs: 1000,
};

export const tooManyConnections = (retryAfterMs: number): Refusal => ({
  status: '429 Too Many Requests',
  error: 'too many connections',
  retryAfterMs,
});

/** Why the request must not open a WebSocket at `path`, if there is a reason. */
export function refusalOf(
  request: IncomingMessage,
  path: string,
  config: Pick<Config, 'corsOrigin' | 'publicUrl' | 'trustedProxies'>,
): Refusal | undefined {
  const { url = '', headers } = request;
  if (url.split('?', 1)[0] !== path)
    return { status: '404 Not Found', error: 'there is no WebSocket at this path' };
  // Only browsers send an origin, and only they let a page act with its visitor's rights.
  const { origin } = headers;
  const allowedOrigins = config.corsOrigin;
  const isAllowed = allowedOrigins === '*' || origin === undefined || allowedOrigins.includes(origin);
  if (!isAllowed && !isSameOrigin(request, config))
    return { status: '403 Forbidden', error: 'this origin is not allowed' };
  return undefined;
}

/** For a handshake that ws has found invalid, which it explains in a sentence (RFC 6455, 4.2). */
export function invalidHandshake(request: IncomingMessage, { message }: Error): Refusal {
  return request.method === 'GET'
    ? { status: '400 Bad Request', error: message }
    : { status: '405 Method Not Allowed', error: message };
}
