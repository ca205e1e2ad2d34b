import http from 'node:http';
import type { Express } from 'express';
import { answerBrokenRequests } from './broken-requests.ts';

const idleMs = 60_000;

/**
 * An HTTP server for an Express app whose requests and responses are born with Express's prototypes. Express puts
 * these in place for every request with Object.setPrototypeOf, which makes each later access to the objects slow;
 * where they are in place already that changes nothing, and a request costs a third. Requests go to `handler`, which
 * may leave some of them to the app.
 */
export function createExpressServer(app: Express, handler: http.RequestListener = app): http.Server {
  function Request(this: http.IncomingMessage, socket: never) {
    http.IncomingMessage.call(this, socket);
  }
  Request.prototype = upgradingOnlyToWebSocket(app.request);

  function Response(this: http.ServerResponse, request: never, options: never) {
    // @ts-expect-error the constructor takes options that its type does not name
    http.ServerResponse.call(this, request, options);
  }
  Response.prototype = app.response;

  const server = http.createServer(
    {
      // safe: constructors in the style that node:http itself uses and calls with `new`
      IncomingMessage: Request as unknown as typeof http.IncomingMessage,
      ServerResponse: Response as unknown as typeof http.ServerResponse,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 2000,
      // A missing Host header is answered by us, in JSON, like all else that is malformed.
      requireHostHeader: false,
    },
    handler,
  );
  // A client that has said all it wants to say may close its half of the connection, and still waits for the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxHeadersCount = 0; // their size is limited; beyond a number of them Node would drop the rest unseen
  server.setTimeout(idleMs); // a reader that takes nothing for so long is gone
  answerBrokenRequests(server);
  return server;
}

/**
 * Once a server listens for upgrades, Node hands it every request that offers one, unread. Some clients offer HTTP/2
 * with each request, and do not mind being answered in HTTP/1.1: for Node, only an offer of a WebSocket is one.
 */
function upgradingOnlyToWebSocket<T extends http.IncomingMessage>(prototype: T): T {
  const offered = new WeakMap<http.IncomingMessage, boolean>();
  return Object.defineProperty(prototype, 'upgrade', {
    configurable: true,
    get(this: http.IncomingMessage) {
      return offered.get(this) === true && (this.method === 'CONNECT' || offersWebSocket(this));
    },
    set(this: http.IncomingMessage, value: boolean | null) {
      if (value) offered.set(this, true);
      else offered.delete(this);
    },
  });
}

const offersWebSocket = ({ headers }: http.IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';
