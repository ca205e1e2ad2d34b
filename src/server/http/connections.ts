import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { networkOf } from '../core/address.ts';
import { maxConnectionsOfAddress } from '../infra/limits/rate-limits.ts';
import type { Deps } from '../services/shared/deps.ts';
import { refuseConnection } from './broken-requests.ts';
import { pendingResponse } from './pending-response.ts';

/** Beyond this, the longest idle connections are closed. */
const maxIdle = 1000;

/** Sockets that are WebSockets by now, and so never idle. */
export const upgradedSockets = new WeakSet<Duplex>();

/** A guess, as nobody knows when one of the connections will close. */
const retryAfterMs = 10_000;

/**
 * Tracks the open connections, and limits how many one address may have. Behind trusted proxies there is no limit, as all
 * connections are theirs: limiting their clients is up to them. The number of idle connections is limited too, as each is
 * kept for minutes.
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
  limitIdle(server);
  return sockets;
}

function limitIdle(server: Server): void {
  /** The longest idle first. */
  const idle = new Set<Socket>();

  function onResponded(this: ServerResponse): void {
    const { socket } = this.req;
    if (socket.destroyed || pendingResponse(socket)) return;
    idle.add(socket);
    for (const longestIdle of idle) {
      if (idle.size <= maxIdle) return;
      idle.delete(longestIdle);
      if (!upgradedSockets.has(longestIdle)) longestIdle.destroy();
    }
  }

  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    response.on('close', onResponded);
  });
  server.on('connection', (socket) => socket.once('close', () => idle.delete(socket)));
}
