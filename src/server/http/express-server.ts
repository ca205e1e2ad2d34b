import http from 'node:http';
import type { Express } from 'express';
import { createHttpServer, upgradingOnlyToWebSocket } from './http-server.ts';

/**
 * An HTTP server for an Express app whose requests and responses are born with Express's prototypes. Express puts
 * these in place for every request with Object.setPrototypeOf, which makes each later access to the objects slow;
 * where they are in place already that changes nothing, and a request costs a third.
 */
export function createExpressServer(app: Express): http.Server {
  function Request(this: http.IncomingMessage, socket: never) {
    http.IncomingMessage.call(this, socket);
  }
  Request.prototype = upgradingOnlyToWebSocket(app.request);

  function Response(this: http.ServerResponse, request: never, options: never) {
    // @ts-expect-error the constructor takes options that its type does not name
    http.ServerResponse.call(this, request, options);
  }
  Response.prototype = app.response;

  return createHttpServer(app, {
    // safe: constructors in the style that node:http itself uses and calls with `new`
    IncomingMessage: Request as unknown as typeof http.IncomingMessage,
    ServerResponse: Response as unknown as typeof http.ServerResponse,
  });
}
