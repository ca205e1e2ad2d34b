import type { IncomingMessage } from 'node:http';

/**
 * The caller's address: that of the connection, or what the outermost of so many trusted proxies says it was. What
 * stands further left in X-Forwarded-For the caller may have written.
 */
export function addressOf({ socket, headers }: IncomingMessage, trustedProxies: number): string {
  const connected = socket.remoteAddress ?? '';
  if (trustedProxies === 0) return connected;
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return [...forwarded, connected].at(-1 - trustedProxies) ?? forwarded[0] ?? connected;
}
