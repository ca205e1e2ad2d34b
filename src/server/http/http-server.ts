import http from 'node:http';
import { answerBrokenRequests } from './broken-requests.ts';

const idleMs = 60_000;

type Classes = Pick<http.ServerOptions, 'IncomingMessage' | 'ServerResponse'>;

/** Node's server, with our time limits, and on which what is malformed is answered in JSON as well. */
export function createHttpServer(
  handler: http.RequestListener,
  classes: Classes = { IncomingMessage: Request },
): http.Server {
  const server = http.createServer(
    {
      ...classes,
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

const offered = Symbol('offered');

/**
 * Once a server listens for upgrades, Node hands it every request that offers one, unread. Some clients offer HTTP/2
 * with each request, and do not mind being answered in HTTP/1.1: for Node, only an offer of a WebSocket is one.
 */
export function upgradingOnlyToWebSocket<T extends http.IncomingMessage>(prototype: T): T {
  return Object.defineProperty(prototype, 'upgrade', {
    configurable: true,
    get(this: http.IncomingMessage & { [offered]?: boolean | null }) {
      return this[offered] === true && (this.method === 'CONNECT' || offersWebSocket(this));
    },
    set(this: http.IncomingMessage & { [offered]?: boolean | null }, value: boolean | null) {
      this[offered] = value;
    },
  });
}

const offersWebSocket = ({ headers }: http.IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';

class Request extends http.IncomingMessage {}

upgradingOnlyToWebSocket(Request.prototype);
