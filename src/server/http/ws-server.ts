import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { applyWSSHandler, jsonEncoder } from '@trpc/server/adapters/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { addressOf, networkOf } from '../address.ts';
import type { Context, Deps, UnderWay } from '../context.ts';
import { Subscription } from '../live/subscription.ts';
import { pingMs } from '../live/timing.ts';
import { appRouter } from '../routers/app-router.ts';
import { maxBodyBytes } from '../text.ts';
import { noTrace } from '../tracing.ts';
import { refuseConnection } from './broken-requests.ts';
import { webSocketFormat } from './frames.ts';
import { logProcedureError } from './procedure-log.ts';
import { SocketSink, stopSending } from './socket-sink.ts';
import { isSameOrigin, tokenOfRequest } from './web-session.ts';

/** A subscription on its way through tRPC, with the request it answers. */
class Attachment {
  readonly subscription: Subscription;
  readonly requestId: number | string;

  constructor(subscription: Subscription, requestId: number | string) {
    this.subscription = subscription;
    this.requestId = requestId;
  }
}

/**
 * tRPC encodes every message right before it hands it to the socket. A subscription that has yielded itself is not
 * encoded but passed on, and the socket attaches it: from then on its events go past tRPC, encoded once for all.
 */
const attachingEncoder = {
  decode: jsonEncoder.decode,
  encode(message: unknown) {
    const { id, result } = message as { id: number | string; result?: { data?: unknown } }; // safe: as tRPC makes them
    if (result?.data instanceof Subscription) return new Attachment(result.data, id) as unknown as string; // safe: for AttachingSocket.send alone
    return JSON.stringify(message);
  },
};

/** What stands behind a WebSocket. */
interface Place {
  socket: Socket;
  /** Lets go of one whose subscription did not keep up. */
  drop(): void;
  onUnread(): void;
}

const places = new WeakMap<WebSocket, Place>();

class AttachingSocket extends WebSocket {
  override send(data: unknown, ...rest: unknown[]): void {
    const place = places.get(this);
    if (!(data instanceof Attachment)) {
      super.send(data as string, ...(rest as [])); // safe: as tRPC calls it
      // Who asks and asks and does not read the answers.
      if (!place || place.socket.writableLength <= maxAnswerBytes) return;
      if (this.readyState === WebSocket.OPEN) place.onUnread();
      this.terminate();
      return;
    }
    if (place)
      data.subscription.attach(new SocketSink(place.socket, webSocketFormat(data.requestId), place.drop));
  }

  /** Called by ws as well, to answer the other side's close. Nothing may follow that. */
  override close(code?: number, reason?: string | Buffer): void {
    const place = places.get(this);
    if (place) stopSending(place.socket);
    super.close(code, reason);
  }
}

/** Answers to calls may wait for their reader up to this: twice the largest there is. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** From so many calls under way on, nothing more is read of a connection until half of them are answered. */
const maxCallsUnderWay = 100;

function readWhileFew(client: WebSocket): UnderWay {
  let calls = 0;
  return {
    begin() {
      calls += 1;
      if (calls >= maxCallsUnderWay) client.pause();
    },
    end() {
      calls -= 1;
      if (client.isPaused && calls <= maxCallsUnderWay / 2) client.resume();
    },
  };
}

const stopping = { status: '503 Service Unavailable', error: 'the server stops', retryAfterMs: 1000 };

/** Closing codes of our own; the reason says the same in words. */
const tooSlow = 4008;
const restarting = 1012;
/** How long a reader that was told to go may take to read that. */
const closingMs = 5000;

/** The WebSockets of a server. */
export interface WebSocketEndpoint {
  /** Tells everybody to come back later, and lets go of them; resolves when all have gone, after 5 seconds at most. */
  close(): Promise<void>;
  /** How many are open. */
  readonly size: number;
}

/** Whoever comes back subscribes in one frame to all there was: as much as a connection may carry, and calls besides. */
const maxCallsInFrame = 250;

/** What there is of a server that it needs to know of. */
export type UpgradingServer = Pick<Server, 'on' | 'off' | 'listenerCount'>;

/**
 * tRPC over WebSocket, at `path` of the server. Other paths are left to those who listen for them; where nobody else
 * does, they are refused, as they would stay open unanswered.
 */
export function attachWebSockets(server: UpgradingServer, deps: Deps, path = '/trpc'): WebSocketEndpoint {
  const { config, metrics } = deps;
  const wss = new WebSocketServer({
    noServer: true,
    WebSocket: AttachingSocket,
    maxPayload: maxBodyBytes,
    perMessageDeflate: false, // frames are made once for all, so they cannot depend on a connection's past
  });

  applyWSSHandler({
    wss,
    router: appRouter,
    maxBatchSize: maxCallsInFrame,
    experimental_encoder: attachingEncoder,
    createContext: ({ req, res, info }): Context => ({
      deps,
      token: info.connectionParams?.token ?? tokenOfRequest(req),
      address: addressOf(req, config.trustedProxies),
      connection: res,
      underWay: readWhileFew(res),
      transport: 'ws',
      trace: noTrace,
    }),
    onError({ error, path, type }) {
      // What breaks the protocol is the caller's doing, and anybody can.
      if (type === 'unknown') deps.log.debug({ err: error.cause ?? error }, 'a WebSocket was misused');
      else logProcedureError(deps.log, error, path);
    },
  });

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const isOurs = request.url?.split('?', 1)[0] === path;
    if (!isOurs && server.listenerCount('upgrade') > 1) return;
    open(request, socket, head).catch((err: unknown) => {
      deps.log.error({ err }, 'opening a WebSocket failed');
      socket.destroy();
    });
  };
  server.on('upgrade', onUpgrade);

  let isClosed = false;

  async function open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy()); // it is nobody's until it is a WebSocket
    const refusal = refusalOf(request, path, config.corsOrigin);
    if (refusal) return refuseConnection(socket, refusal);
    const network = networkOf(addressOf(request, config.trustedProxies));
    const retryAfterMs = await deps.limits.count('connect', network);
    if (retryAfterMs > 0) {
      metrics.refused('connect');
      return refuseConnection(socket, {
        status: '429 Too Many Requests',
        error: 'too many connections',
        retryAfterMs,
      });
    }
    if (isClosed) return refuseConnection(socket, stopping);
    if (socket.destroyed) return;
    wss.handleUpgrade(request, socket, head, (client) => {
      places.set(client, {
        socket: socket as Socket, // safe: an HTTP server's connections are sockets
        drop: () => dropSlow(client),
        onUnread: () => metrics.cut('unread_answers'),
      });
      wss.emit('connection', client, request);
    });
  }

  function dropSlow(client: WebSocket): void {
    client.close(tooSlow, 'too slow: come back and resume');
    setTimeout(() => client.terminate(), closingMs).unref();
  }

  metrics.countOpen('websockets', () => wss.clients.size);
  const stopPinging = pingAll(wss, () => metrics.cut('silent'));
  return {
    async close() {
      isClosed = true;
      stopPinging();
      const gone = [...wss.clients].map((client) => once(client, 'close'));
      for (const client of wss.clients) {
        client.close(restarting, 'the server stops');
        setTimeout(() => client.terminate(), closingMs).unref();
      }
      await Promise.all(gone);
    },
    get size() {
      return wss.clients.size;
    },
  };
}

function refusalOf(
  request: IncomingMessage,
  path: string,
  allowed: '*' | string[],
): { status: string; error: string } | undefined {
  const { url = '', headers } = request;
  if (url.split('?', 1)[0] !== path) return { status: '404 Not Found', error: 'there is no WebSocket here' };
  // Only browsers send an origin, and only they let a page use what its visitor may do.
  const isAllowed = allowed === '*' || headers.origin === undefined || allowed.includes(headers.origin);
  if (!isAllowed && !isSameOrigin(request))
    return { status: '403 Forbidden', error: 'this origin is not allowed' };
  return undefined;
}

/** One timer for all connections: whoever has not answered the last ping by the time of the next is gone. */
function pingAll(wss: WebSocketServer, onSilent: () => void): () => void {
  const silent = new WeakSet<WebSocket>();
  wss.on('connection', (client) => client.on('pong', () => silent.delete(client)));
  const timer = setInterval(() => {
    for (const client of wss.clients) {
      if (silent.has(client)) {
        onSilent();
        client.terminate();
      } else {
        silent.add(client);
        client.ping();
      }
    }
  }, pingMs);
  timer.unref();
  return () => clearInterval(timer);
}
