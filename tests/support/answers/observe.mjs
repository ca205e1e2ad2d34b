import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Header that marks responses of an app in which Mirage is mounted; these are not checked. */
export const ofProgram = 'x-of-program';

/**
 * Reports every response under /api from the servers of this process. Plain JavaScript, so that a built server can load
 * it too. Returns a function that ends it.
 *
 * @param {(answer: import('./observe.mjs').Answer) => void} listener
 * @returns {() => void}
 */
export function observeAnswers(listener) {
  const channel = 'http.server.request.start';
  const observe = ({ request, response }) => {
    const { method, url } = request;
    if (!/^(https?:\/\/[^/]*)?\/(a|%61)(p|%70)(i|%69)\//i.test(url)) return;
    const { write, end } = response;
    let body = '';
    const add = (chunk) => {
      if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) body += chunk;
    };
    response.write = function (...args) {
      add(args[0]);
      return write.apply(this, args);
    };
    response.end = function (...args) {
      add(args[0]);
      const ended = end.apply(this, args);
      if (!this.headersSent) return ended; // the client has disconnected
      // The headers as sent, however they were set. Node has no public accessor for them.
      if (new RegExp(`^${ofProgram}:`, 'im').test(this._header)) return ended;
      const type = /^content-type: *([^;\r]*)/im.exec(this._header)?.[1] ?? '';
      listener({ method, url, status: this.statusCode, type, body });
      return ended;
    };
  };
  subscribe(channel, observe);
  return () => unsubscribe(channel, observe);
}
