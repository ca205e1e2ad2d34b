import { subscribe } from 'node:diagnostics_channel';

/** The header that marks an answer of a program in which Mirage is mounted; what that answers is its own business. */
export const ofProgram = 'x-of-program';

/**
 * Tells of every answer below /api that a server of this process gives, whoever asked and however. Plain JavaScript, so
 * that a server that is built can load it too.
 *
 * @param {(answer: import('./observe.mjs').Answer) => void} listener
 */
export function observeAnswers(listener) {
  subscribe('http.server.request.start', ({ request, response }) => {
    const { method, url } = request;
    if (!/^(https?:\/\/[^/]*)?\/(a|%61)(p|%70)(i|%69)\//i.test(url)) return;
    const end = response.end;
    response.end = function (...args) {
      const [chunk] = args;
      const body = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? String(chunk) : '';
      const ended = end.apply(this, args);
      if (!this.headersSent) return ended; // to a caller who has hung up nothing is answered
      // The headers as they went out, whoever set them and how; Node keeps them where only Node is meant to look.
      if (new RegExp(`^${ofProgram}:`, 'im').test(this._header)) return ended;
      const type = /^content-type: *([^;\r]*)/im.exec(this._header)?.[1] ?? '';
      listener({ method, url, status: this.statusCode, type, body });
      return ended;
    };
  });
}
