import http from 'node:http';

const requested = Symbol('upgrade requested');

/**
 * Once a server has an `upgrade` listener, Node passes every request with an Upgrade header to it, without reading the body.
 * Some clients offer HTTP/2 on each request and accept an HTTP/1.1 answer, so that only WebSocket upgrades may count.
 */
export function upgradingOnlyToWebSocket<T extends http.IncomingMessage>(prototype: T): T {
  return Object.defineProperty(prototype, 'upgrade', {
    configurable: true,
    get(this: http.IncomingMessage & { [requested]?: boolean | null }) {
      return this[requested] === true && (this.method === 'CONNECT' || requestsWebSocket(this));
    },
    set(this: http.IncomingMessage & { [requested]?: boolean | null }, value: boolean | null) {
      this[requested] = value;
    },
  });
}

const requestsWebSocket = ({ headers }: http.IncomingMessage) =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** What an HTTP server constructs requests with, unless told otherwise. */
export class UpgradableRequest extends http.IncomingMessage {}

upgradingOnlyToWebSocket(UpgradableRequest.prototype);
