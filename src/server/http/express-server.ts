import http from 'node:http';
import type { Express } from 'express';
import { createHttpServer } from './http-server.ts';
import { upgradingOnlyToWebSocket } from './websocket-upgrades.ts';

/**
 * An HTTP server for an Express app that constructs requests and responses with Express's prototypes. Express otherwise
 * sets them on every request with `Object.setPrototypeOf`, which slows down each later property access: requests take
 * three times as long. Idle connections are kept for `keepAliveTimeout` milliseconds, 130,000 by default.
 */
export function createExpressServer(app: Express, options: { keepAliveTimeout?: number } = {}): http.Server {
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
    ...options,
    // safe: constructors in the style that node:http itself uses and calls with `new`
    IncomingMessage: Request as unknown as typeof http.IncomingMessage,
    ServerResponse: Response as unknown as typeof http.ServerResponse,
  });
}
