import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Config } from '../core/config.ts';
import { trackConnections } from '../http/connections.ts';
import { deferContinue } from '../http/files/expect-continue.ts';
import { createHttpServer } from '../http/http-server.ts';
import { pendingResponse } from '../http/pending-response.ts';
import type { Deps } from '../services/shared/deps.ts';
import { checkAddress } from './check-settings.ts';
import type { Overrides } from './deps.ts';
import { createMirage, type Mirage, onlyOnce } from './mirage.ts';

/**
 * How many connections may wait to be accepted: after a restart all clients come back at once, and those beyond it are
 * refused or wait for seconds. The system lowers it to its own limit (Linux: `net.core.somaxconn`, 4096 by default).
 */
const backlog = 65_535;

/** A listening Mirage. */
export interface MirageServer {
  /** The address it listens on, such as `http://127.0.0.1:5000`. */
  url: string;
  /** The services it runs on, for example for the context of `createCaller`. */
  deps: Deps;
  /** Stops listening, finishes the requests in progress, and closes the database. Further calls return the same promise. */
  close(): Promise<void>;
}

/**
 * Opens and serves all of Mirage: the API over HTTP and WebSocket, the legacy REST API, and the web client. Rejects when the
 * database cannot be opened or the port is taken.
 */
export async function openServer(config: Config, overrides: Overrides = {}): Promise<MirageServer> {
  await checkAddress(config);
  const mirage = await createMirage({ ...overrides, config, pages: true });
  try {
    return await listen(mirage);
  } catch (error) {
    await mirage.close();
    throw error;
  }
}

/** Serves a Mirage with pages at the address in its settings. Closing the server closes the Mirage. */
export async function listen(mirage: Mirage): Promise<MirageServer> {
  const { deps } = mirage;
  // Express is not around all of it: its prototypes alone would add a seventh to the cost of an API call.
  const server = createHttpServer((req, res) => mirage.handler(req, res, () => {}), {
    keepAliveTimeout: deps.config.keepAliveTimeoutMs,
  });
  mirage.attachWebSockets(server);
  deferContinue(server, isUpload);
  const sockets = trackConnections(server, deps);
  server.listen({ port: deps.config.port, host: deps.config.host, backlog });
  await once(server, 'listening');

  return {
    url: urlOf(server.address() as AddressInfo), // safe: it listens on a port, not on a pipe
    deps,
    close: onlyOnce(async () => {
      const closed = once(server, 'close');
      server.close();
      // Idle connections would otherwise keep the server open until their clients close them.
      server.closeIdleConnections();
      for (const socket of sockets) dismiss(socket);
      try {
        await mirage.close();
      } finally {
        // Includes upgraded sockets, which the HTTP server no longer tracks.
        for (const socket of sockets) socket.destroy();
      }
      await closed;
    }),
  };
}

/** With the path that Mirage is served under, if it has one. */
const isUpload = ({ url = '' }: IncomingMessage) => /\/(files|api\/upload_file)(\?|$)/.test(url);

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Handles what `server.close()` leaves open: sockets without a request yet, and keep-alive after a pending response. */
function dismiss(socket: Socket): void {
  if (socket.bytesRead === 0) return void socket.destroy();
  const response = pendingResponse(socket);
  if (response && !response.headersSent) response.shouldKeepAlive = false;
}
