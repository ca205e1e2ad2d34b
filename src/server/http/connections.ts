import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../address.ts';
import type { Deps } from '../context.ts';
import { maxConnectionsOfAddress } from '../limits/rate-limits.ts';
import { refuseConnection } from './broken-requests.ts';

/** Who frees a place first, nobody knows. */
const retryAfterMs = 10_000;

/**
 * The connections there are. One address may have only so many, unless proxies are in front: then all connections are
 * theirs, and it is for them to limit their callers.
 */
export function trackConnections(
  server: Server,
  { config: { rateLimit, trustedProxies }, metrics }: Pick<Deps, 'config' | 'metrics'>,
): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const ofNetwork = new Map<string, number>();
  metrics.countOpen('connections', () => sockets.size);

  server.on('connection', (socket) => {
    sockets.add(socket);
    const network = networkOf(socket.remoteAddress ?? '');
    const count = (ofNetwork.get(network) ?? 0) + 1;
    ofNetwork.set(network, count);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (ofNetwork.get(network) ?? 0) - 1;
      if (left > 0) ofNetwork.set(network, left);
      else ofNetwork.delete(network);
    });
    if (!rateLimit || trustedProxies > 0 || count <= maxConnectionsOfAddress) return;
    metrics.refused('connections');
    refuseConnection(socket, {
      status: '429 Too Many Requests',
      error: 'too many connections',
      retryAfterMs,
    });
  });
  return sockets;
}
