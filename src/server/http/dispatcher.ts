import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Deps } from '../services/shared/deps.ts';
import { createCors } from './cors.ts';
import { createFilesEndpoint, isFilesPath } from './files/files-endpoint.ts';
import type { SseEndpoint } from './live/sse.ts';
import { observeRequest } from './observe-request.ts';
import { sendJson } from './reply.ts';
import { createRequestLog } from './request-log.ts';
import { routeOfCall, routeOfRest } from './route-names.ts';
import { keepSecurityHeaders } from './security-headers.ts';
import { createTrpc } from './trpc/trpc.ts';

export type Dispatcher = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** The legacy REST API, as `rest-compat` implements it. */
export interface LegacyRest {
  /** Whether it serves this path, whatever the method. */
  has(path: string): boolean;
  /** Answers a request for `path` with the query string `query` (without `?`), or calls `next`. */
  handle(
    path: string,
    query: string | undefined,
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ): void;
}

/** Whether this URL belongs to the API, whatever the method. */
export function isApiUrl(url: string, legacyRest: LegacyRest | undefined): boolean {
  const target = normalize(url);
  if (isTrpcUrl(target) || isFilesPath(target.split('?', 1)[0] ?? '')) return true;
  return target.startsWith('/api/') && (legacyRest?.has(target.split('?', 1)[0] ?? '') ?? false);
}

const isTrpcUrl = (url: string) => /^\/trpc(?:[/?]|$)/.test(url);

/** The entry point of every request: answers the API, and passes everything else to `next`, with headers kept for the answer. */
export function createDispatcher(deps: Deps, sse: SseEndpoint, legacyRest: LegacyRest): Dispatcher {
  const { corsOrigin: origin } = deps.config;
  const { metrics } = deps;
  const logRequest = createRequestLog(deps.log);
  const trpc = createTrpc(deps);
  const allowTrpc = createCors({
    origin,
    methods: ['GET', 'POST'],
    headers: [
      'authorization',
      'content-type',
      'idempotency-key',
      'last-event-id',
      'traceparent',
      'tracestate',
      'trpc-accept',
      'x-request-id',
    ],
    exposed: 'Retry-After, X-Request-Id',
  });
  const files = createFilesEndpoint(deps);
  const allowFiles = createCors({
    origin,
    methods: ['GET', 'POST'],
    headers: [
      'authorization',
      'content-type',
      'content-disposition',
      'idempotency-key',
      'range',
      'x-request-id',
    ],
    exposed: 'Accept-Ranges, Content-Disposition, Content-Range, ETag, Retry-After, X-Request-Id',
  });
  // As in the legacy server, except that credentials are not allowed.
  const allowRest = createCors({
    origin,
    methods: ['DELETE', 'GET', 'POST', 'PUT'],
    headers: ['authorization', 'content-type', 'idempotency-key'],
  });

  let hasWarned = false;
  function refuseStrippedHandshake(res: ServerResponse): void {
    if (!hasWarned) deps.log.warn('WebSocket handshake without an Upgrade header: the proxy must pass it on');
    hasWarned = true;
    sendJson(res, 426, { error: 'the Upgrade header is missing; a proxy may have removed it' }, [
      ...['upgrade', 'websocket'],
      ...['connection', 'upgrade'],
    ]);
  }

  return (req, res, next) => {
    keepSecurityHeaders(res);
    logRequest(req, res);
    const url = normalize(req.url ?? '');
    const isRest = url.startsWith('/api/');
    const isTrpc = !isRest && isTrpcUrl(url);
    if (isRest) allowRest(req, res);
    if (isTrpc) allowTrpc(req, res);
    if (req.headers.host === undefined && req.httpVersion === '1.1') {
      observeRequest(metrics, isRest ? 'api' : isTrpc ? 'trpc' : 'other', 'unknown', req, res);
      return sendJson(res, 400, { error: 'missing Host header' }, ['connection', 'close']);
    }
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? undefined : url.slice(mark + 1);
    if (isTrpc && isStrippedHandshake(path, req)) return refuseStrippedHandshake(res);
    if (isRest) return legacyRest.handle(path, query, req, res, next);
    const procedure = path.slice('/trpc/'.length);
    // Event streams are not counted as requests: their duration means nothing.
    if (isTrpc && sse.handle(procedure, query, req, res)) return;
    const route = isTrpc ? routeOfCall(procedure, query) : routeOfRest(path);
    observeRequest(metrics, isTrpc ? 'trpc' : 'other', route, req, res);
    if (isFilesPath(path)) {
      allowFiles(req, res);
      return void files(path, query ?? '', req, res).catch(next);
    }
    if (!isTrpc) return next();
    if (req.method === 'OPTIONS') return void res.writeHead(204, res.keptHeaders).end();
    trpc(procedure, query, req, res);
  };
}

/** A WebSocket handshake whose hop-by-hop headers a proxy has dropped. */
const isStrippedHandshake = (path: string, { method, headers }: IncomingMessage) =>
  path === '/trpc' &&
  method === 'GET' &&
  headers['sec-websocket-key'] !== undefined &&
  headers.upgrade === undefined;

/** The path and query, also of a request in absolute form, with unreserved characters percent-decoded. */
function normalize(url: string): string {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (!path.includes('%')) return target;
  const decoded = path.replace(/%[0-9a-f]{2}/gi, (code) => {
    const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : code;
  });
  return mark < 0 ? decoded : decoded + target.slice(mark);
}
