import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getTRPCErrorFromUnknown } from '@trpc/server';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Context } from '../../api/context.ts';
import { directRouter } from '../../api/direct/direct-router.ts';
import { addressOf, networkOf } from '../../core/address.ts';
import { forEachInSlices } from '../../core/slices.ts';
import { noTrace } from '../../core/tracing.ts';
import { maxBodyBytes } from '../../core/validation.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { refuseConnection } from '../broken-requests.ts';
import { upgradedSockets } from '../connections.ts';
import { tokenOfRequest } from '../session-token.ts';
import { logProcedureError } from '../trpc/procedure-log.ts';
import { AttachingSocket, type ConnectionHooks } from './attaching-socket.ts';
import { invalidHandshake, refusalOf, shuttingDown, tooManyConnections } from './handshake.ts';
import { isBeingRead, pingRegularly } from './ping.ts';
import { type WsCallOptions, WsCalls } from './ws-calls.ts';

/** Close codes; the reason says the same in words. */
const tooSlow = 4008;
const restarting = 1012;
/** How long a client may take to answer a close frame. */
const closingMs = 5000;
/** Closing a connection takes some 20 µs. */
const closesPerSlice = 500;

/** The WebSockets of a server. */
export interface WebSocketEndpoint {
  /** Tells all clients to reconnect later, and resolves when all connections are closed, after 5 seconds at most. */
  close(): Promise<void>;
  /** How many are open. */
  readonly size: number;
}

/** Clients that reconnect subscribe to everything again in one frame: as much as a connection may carry, and some calls. */
const maxCallsInFrame = 250;

/** The part of a `node:http` server that is used. */
export type UpgradingServer = Pick<Server, 'on' | 'off' | 'listenerCount'>;

/**
 * tRPC over WebSocket, at `path` of the server. Upgrades of other paths are left to other listeners; if there are none,
 * they are refused, as they would stay open unanswered.
 */
export function attachWebSockets(server: UpgradingServer, deps: Deps, path = '/trpc'): WebSocketEndpoint {
  const { config, metrics } = deps;
  const wss = createWebSocketServer(deps);
  let isClosed = false;
  const hooks: ConnectionHooks = {
    onSlow(client) {
      client.close(tooSlow, 'too slow: reconnect and resume');
      setTimeout(() => client.terminate(), closingMs).unref();
    },
    onUnread: () => metrics.cut('unread_answers'),
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const isOurs = request.url?.split('?', 1)[0] === path;
    if (!isOurs && server.listenerCount('upgrade') > 1) return;
    open(request, socket, head).catch((err: unknown) => {
      deps.log.error({ err }, 'opening a WebSocket failed');
      socket.destroy();
    });
  };
  server.on('upgrade', onUpgrade);

  async function open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', destroy); // Node has removed its own listener
    upgradedSockets.add(socket);
    const refusal = refusalOf(request, path, config);
    if (refusal) return refuseConnection(socket, refusal);
    const network = networkOf(addressOf(request, config.trustedProxies));
    const retryAfterMs = await deps.limits.count('connect', network);
    if (retryAfterMs > 0) {
      metrics.refused('connect');
      return refuseConnection(socket, tooManyConnections(retryAfterMs));
    }
    if (isClosed) return refuseConnection(socket, shuttingDown);
    if (socket.destroyed) return;
    wss.handleUpgrade(request, socket, head, (client) => {
      client.connect(socket as Socket, hooks); // safe: an HTTP server's connections are sockets
      wss.emit('connection', client, request);
    });
  }

  metrics.countOpen('websockets', () => wss.clients.size);
  const stopPinging = pingAll(wss, () => metrics.cut('silent'));
  return {
    async close() {
      isClosed = true;
      stopPinging();
      const gone = once(wss, 'close');
      wss.close(); // waits for its clients, and does nothing to them
      setTimeout(() => wss.clients.forEach((client) => void client.terminate()), closingMs).unref();
      await forEachInSlices(wss.clients, closesPerSlice, (client) => {
        client.close(restarting, 'server is shutting down');
      });
      await gone;
    },
    get size() {
      return wss.clients.size;
    },
  };
}

function createWebSocketServer(deps: Deps) {
  const wss = new WebSocketServer<typeof AttachingSocket>({
    noServer: true,
    WebSocket: AttachingSocket,
    maxPayload: maxBodyBytes,
    perMessageDeflate: false, // frames are shared by connections, so they cannot depend on what one has sent before
    handleProtocols: () => false, // tRPC has no subprotocol, and one that is confirmed must be spoken
  });
  wss.on('wsClientError', (error, socket, request) => {
    refuseConnection(socket, invalidHandshake(request, error));
  });

  const options: WsCallOptions = {
    router: directRouter,
    maxCallsInFrame,
    createContext: (client, request, params): Context => ({
      deps,
      token: params?.token ?? tokenOfRequest(request, deps.config),
      address: addressOf(request, deps.config.trustedProxies),
      connection: client,
      inFlight: client,
      transport: 'ws',
      trace: noTrace,
    }),
    onError(error, path, type) {
      // Violations of the protocol are the client's fault, and anybody can cause them.
      if (type === 'unknown') deps.log.debug({ err: error.cause ?? error }, 'invalid WebSocket message');
      else logProcedureError(deps.log, error, path);
    },
  };
  const onError = (error: Error) => options.onError(getTRPCErrorFromUnknown(error), undefined, 'unknown');
  wss.on('connection', (client, request) => {
    client.calls = new WsCalls(client, request, options);
    client.on('message', onMessage).on('error', onError).once('close', onClose);
  });
  return wss;
}

// Listeners that all connections share, as one for each would take memory. Sockets of this server are of its class.

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  (this as AttachingSocket).calls?.read(data as Buffer, isBinary); // safe: ws gives buffers unless told otherwise
}

function onClose(this: WebSocket): void {
  (this as AttachingSocket).calls?.end();
}

function destroy(this: Duplex): void {
  this.destroy();
}

/** Terminates connections that have not answered the last ping by the time of the next, unless they are reading a backlog. */
function pingAll(wss: ReturnType<typeof createWebSocketServer>, onSilent: () => void): () => void {
  const silent = new WeakSet<AttachingSocket>();
  function onPong(this: WebSocket): void {
    silent.delete(this as AttachingSocket);
  }
  wss.on('connection', (client) => client.on('pong', onPong));
  return pingRegularly(wss.clients, (client) => {
    const { connection } = client;
    const isReading = connection && isBeingRead(connection) && connection.writableLength > 0;
    if (silent.has(client) && !isReading) {
      onSilent();
      client.terminate();
    } else {
      silent.add(client);
      client.ping();
    }
  });
}
