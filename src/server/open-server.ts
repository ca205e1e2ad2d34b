import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createRest } from './app.ts';
import type { Config } from './config.ts';
import type { Deps } from './context.ts';
import { type Given, openDeps } from './deps.ts';
import { trackConnections } from './http/connections.ts';
import { failRequest } from './http/failure.ts';
import { createFront } from './http/front.ts';
import { createHttpServer } from './http/http-server.ts';
import { pendingResponse } from './http/pending-response.ts';
import { createSse } from './http/sse.ts';
import { attachWebSockets } from './http/ws-server.ts';

/** A Mirage that listens. */
export interface MirageServer {
  /** Where it listens, such as `http://127.0.0.1:5000`. */
  url: string;
  /** What it is made of, such as for contexts of `createCaller`. */
  deps: Deps;
  /** Takes no new requests, answers those it has, and lets go of the database. Calling it again changes nothing. */
  close(): Promise<void>;
}

const graceMs = 10_000;

/**
 * A whole Mirage, listening: the API over HTTP and WebSocket, the REST paths, the web client. It rejects when it cannot have
 * its database or its port. See {@link Given} for what else it takes.
 */
export async function openServer(config: Config, given: Given = {}): Promise<MirageServer> {
  const { deps, close: closeDeps } = await openDeps(config, given);
  try {
    const { url, close } = await listen(deps);
    return { url, deps, close: onlyOnce(() => close().then(closeDeps)) };
  } catch (error) {
    await closeDeps();
    throw error;
  }
}

/** Puts what is open already behind an address, that of its config. `close` lets go of the network alone. */
export async function listen(deps: Deps): Promise<Pick<MirageServer, 'url' | 'close'>> {
  const { config } = deps;
  const sse = createSse(deps);
  const front = createFront(deps, sse);
  const rest = createRest(deps);
  // What the front answers never passes Express, and does without its prototypes, which cost a seventh of a request.
  const server = createHttpServer((req, res) =>
    front(req, res, (error) =>
      error === undefined ? rest(req, res) : failRequest(deps.log, error, req, res),
    ),
  );
  const webSockets = attachWebSockets(server, deps);
  const sockets = trackConnections(server, deps);
  server.listen(config.port, config.host);
  await once(server, 'listening');

  async function stop() {
    const closed = once(server, 'close');
    server.close();
    const closedSockets = webSockets.close();
    sse.close();
    // Connections without a request would keep the server open for as long as their owners like.
    server.closeIdleConnections();
    for (const socket of sockets) dismiss(socket);
    // Those that have become WebSockets as well, which are no connections of HTTP any more.
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    await closed;
    clearTimeout(deadline);
    await closedSockets;
  }

  return {
    url: urlOf(server.address() as AddressInfo), // safe: it listens on a port, not on a pipe
    close: onlyOnce(stop),
  };
}

/** Calling it again gives what the first call gave. */
export function onlyOnce(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= stop();
    return stopped;
  };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** What Node's own ways of closing leave open: who has not asked for anything, and who is about to be answered. */
function dismiss(socket: Socket): void {
  if (socket.bytesRead === 0) return void socket.destroy();
  const response = pendingResponse(socket);
  if (response && !response.headersSent) response.shouldKeepAlive = false;
}
