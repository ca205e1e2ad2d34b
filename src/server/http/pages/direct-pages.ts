import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FrontPage } from './front-page.ts';

/** The body of a positive health check. */
export const healthy = { status: 'ok' };

/** The body of a 404. */
export const notFound = { error: 'not found' };

const healthyText = JSON.stringify(healthy);
const notFoundText = JSON.stringify(notFound);

/** How the paths begin that there are, in lower case, as Express ignores the letter case of its routes. */
const known = new Set([
  'assets',
  'docs',
  'healthz',
  'icons',
  'index.html',
  'manifest.webmanifest',
  'metrics',
  'oidc',
  'openapi.json',
  'readyz',
  'service-worker.js',
  'session',
]);

/** Paths that mean what they say, whoever reads them: without escapes, empty segments and dots as segments. */
const plain = /^\/(\.?[\w~-][\w.~-]*)(?:\/\.?[\w~-][\w.~-]*)*\/?$/;

/**
 * Answers requests for the page, health checks and paths that do not exist without Express, which takes several times as long,
 * and gives the same bytes. Returns false for a request that is left to Express.
 */
export function createDirectPages(page: FrontPage): (req: IncomingMessage, res: ServerResponse) => boolean {
  return (req, res) => {
    if (isMounted(req, res)) return false;
    const { url = '', method } = req;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const isRead = (method === 'GET' || method === 'HEAD') && !isConditional(req);
    if (path === '/') return isRead && page.send(res);
    if (path === '/healthz' && isRead) return sendJsonText(res, 200, healthyText);
    const first = plain.exec(path)?.[1];
    if (first === undefined || known.has(first.toLowerCase())) return false;
    return sendJsonText(res, 404, notFoundText);
  };
}

const isConditional = ({ headers }: IncomingMessage) =>
  headers['if-none-match'] !== undefined ||
  headers['if-modified-since'] !== undefined ||
  headers['if-match'] !== undefined ||
  headers['if-unmodified-since'] !== undefined ||
  headers.range !== undefined;

/** In an app that has its own ways with requests and responses. */
const isMounted = (req: IncomingMessage, res: ServerResponse) =>
  'originalUrl' in req || res.getHeaderNames().length > 0;

/** With the names of headers as Express writes them. */
function sendJsonText(res: ServerResponse, status: number, text: string): true {
  const { keptHeaders = [] } = res;
  keptHeaders.push('Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(text.length));
  res.writeHead(status, keptHeaders).end(text, 'latin1');
  return true;
}
