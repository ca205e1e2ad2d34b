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
export function requestedHost(req: IncomingMessage, trustedProxies: number): string | undefined {
  return forwardedBy(req, trustedProxies, 'host') ?? req.headers.host;
}

/**
 * The origin that the caller requested: the scheme and the host as the outermost trusted proxy records them, otherwise those of
 * the connection and the `Host` header. Where that names no host, the address that the caller is connected to.
 */
export function requestedOrigin(req: IncomingMessage, trustedProxies: number): string {
  const { socket } = req;
  const forwarded = forwardedBy(req, trustedProxies, 'proto')?.toLowerCase();
  const isKnown = forwarded === 'http' || forwarded === 'https';
  const scheme = isKnown ? forwarded : 'encrypted' in socket && socket.encrypted ? 'https' : 'http';
  const host = requestedHost(req, trustedProxies) ?? '';
  const url = `${scheme}://${host}`;
  if (/^[^\s/?#@\\]+$/.test(host) && URL.canParse(url)) return new URL(url).origin;
  const { localAddress = 'localhost', localPort } = socket;
  return new URL(`${scheme}://${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`)
    .origin;
}

/** What the outermost trusted proxy says in `Forwarded` or `X-Forwarded-<name>`. */
function forwardedBy(
  { headers }: IncomingMessage,
  trustedProxies: number,
  name: 'host' | 'proto',
): string | undefined {
  if (trustedProxies === 0) return undefined;
  const { forwarded } = headers;
  const pair = new RegExp(`(?:^|;)\\s*${name}="?([^";]+)`, 'i');
  const values =
    forwarded === undefined
      ? listOf(headers[`x-forwarded-${name}`])
      : listOf(forwarded).map((part) => pair.exec(part)?.[1]);
  return values.at(-trustedProxies) ?? values[0];
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
