import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

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

/**
 * What counts as one caller for limits: an address of IPv4, or the first half of one of IPv6, as providers hand out no
 * less than that to a single customer.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  if (!isIPv6(address)) return address;
  // `::` stands for as many zeros as are missing.
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
