import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * The caller's address: that of the connection, or the one that the outermost of `trustedProxies` proxies recorded.
 * Entries further left in X-Forwarded-For may be forged by the caller.
 */
export function addressOf({ socket, headers }: IncomingMessage, trustedProxies: number): string {
  const connected = socket.remoteAddress ?? '';
  if (trustedProxies === 0) return connected;
  const forwarded = listOf(headers['x-forwarded-for']);
  return [...forwarded, connected].at(-1 - trustedProxies) ?? forwarded[0] ?? connected;
}

/**
 * The host that the caller requested: what the outermost trusted proxy says in `Forwarded` or `X-Forwarded-Host`, otherwise
 * the `Host` header. Undefined if there is none.
 */
export function requestedHost({ headers }: IncomingMessage, trustedProxies: number): string | undefined {
  if (trustedProxies === 0) return headers.host;
  const { forwarded } = headers;
  const hosts =
    forwarded === undefined
      ? listOf(headers['x-forwarded-host'])
      : listOf(forwarded).map((part) => /(?:^|;)\s*host="?([^";]+)/i.exec(part)?.[1]);
  return hosts.at(-trustedProxies) ?? hosts[0] ?? headers.host;
}

const listOf = (header: string | string[] | undefined): string[] =>
  String(header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/**
 * The network that rate limits count as one caller: a whole IPv4 address, or the /64 of an IPv6 address, since
 * providers assign at least a /64 to each customer.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  if (!isIPv6(address)) return address;
  // `::` stands for as many zero groups as are missing.
  const [first = '', last] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const groups = first === '' ? [] : first.split(':');
  const missing = last === undefined ? 0 : 8 - groups.length - (last === '' ? 0 : last.split(':').length);
  const all = [
    ...groups,
    ...new Array<string>(Math.max(0, missing)).fill('0'),
    ...(last ? last.split(':') : []),
  ];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
