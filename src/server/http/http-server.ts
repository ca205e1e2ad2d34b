import http from 'node:http';
import { answerBrokenRequests } from './broken-requests.ts';
import { UpgradableRequest } from './websocket-upgrades.ts';

const idleMs = 60_000;

/** Longer than proxies keep their idle connections, or they would reuse one just as it is closed (Caddy: 2 minutes). */
export const defaultKeepAliveTimeoutMs = 130_000;

export type HttpServerOptions = Pick<
  http.ServerOptions,
  'IncomingMessage' | 'ServerResponse' | 'keepAliveTimeout'
>;

/** Node's HTTP server with our timeouts, which also answers malformed requests in JSON. */
export function createHttpServer(
  handler: http.RequestListener,
  options: HttpServerOptions = {},
): http.Server {
  const server = http.createServer(
    {
      IncomingMessage: UpgradableRequest,
      keepAliveTimeout: defaultKeepAliveTimeoutMs,
      ...options,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 2000,
      // The dispatcher answers a missing Host header, in JSON like any other malformed request.
      requireHostHeader: false,
    },
    handler,
  );
  // A client may half-close its connection after the request and still wait for the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxHeadersCount = 0; // Node silently drops headers beyond this count; their total size is limited anyway
  server.setTimeout(idleMs); // closes connections whose client reads nothing for this long
  answerBrokenRequests(server);
  return server;
}
