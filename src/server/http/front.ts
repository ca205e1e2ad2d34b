import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRestCompat, isLegacyPath } from '../../rest-compat/mount.ts';
import type { Deps } from '../context.ts';
import { observeRequest } from '../observe.ts';
import { applyKeptHeaders, sendJson } from '../reply.ts';
import { createCors } from './cors.ts';
import { createRequestLog } from './request-log.ts';
import { routeOfCall, routeOfRest } from './route-names.ts';
import { keepSecurityHeaders } from './security-headers.ts';
import type { SseEndpoint } from './sse.ts';
import { createTrpc } from './trpc.ts';

export type Front = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** Whether the API answers this URL, or would if the method were another. */
export function isOfApi(url: string, { legacyRest }: { legacyRest: boolean }): boolean {
  const target = normalize(url);
  if (isTrpcUrl(target)) return true;
  return legacyRest && target.startsWith('/api/') && isLegacyPath(target.split('?', 1)[0] ?? '');
}

const isTrpcUrl = (url: string) => /^\/trpc(?:[/?]|$)/.test(url);

/** What every request passes first: the API is answered here, all else goes on to `next`. */
export function createFront(deps: Deps, sse: SseEndpoint): Front {
  const { corsOrigin: origin } = deps.config;
  const { metrics } = deps;
  const logRequest = createRequestLog(deps.log);
  const trpc = createTrpc(deps);
  const rest = createRestCompat(deps);
  const allowTrpc = createCors({
    origin,
    methods: ['GET', 'POST'],
    headers: [
      'authorization',
      'content-type',
      'last-event-id',
      'traceparent',
      'tracestate',
      'trpc-accept',
      'x-request-id',
    ],
    exposed: 'Retry-After, X-Request-Id',
  });
  // As the original's, except that no credentials are allowed.
  const allowRest = createCors({
    origin,
    methods: ['DELETE', 'GET', 'POST', 'PUT'],
    headers: ['authorization', 'content-type'],
  });

  return (req, res, pass) => {
    const next = (error?: unknown) => {
      applyKeptHeaders(res);
      pass(error);
    };
    keepSecurityHeaders(res);
    logRequest(req, res);
    const url = normalize(req.url ?? '');
    const isRest = url.startsWith('/api/');
    const isTrpc = !isRest && isTrpcUrl(url);
    if (isRest) allowRest(req, res);
    if (isTrpc) allowTrpc(req, res);
    if (req.headers.host === undefined && req.httpVersion === '1.1') {
      observeRequest(metrics, isRest ? 'api' : isTrpc ? 'trpc' : 'other', 'unknown', req, res);
      return sendJson(res, 400, { error: 'the Host header is missing' }, ['connection', 'close']);
    }
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? undefined : url.slice(mark + 1);
    if (isRest) return rest(path, query, req, res, next);
    const procedure = path.slice('/trpc/'.length);
    // An event stream is no request that takes its time, but is open.
    if (isTrpc && sse.handle(procedure, query, req, res)) return;
    const route = isTrpc ? routeOfCall(procedure, query) : routeOfRest(path);
    observeRequest(metrics, isTrpc ? 'trpc' : 'other', route, req, res);
    if (!isTrpc) return next();
    if (req.method === 'OPTIONS') return void res.writeHead(204, res.keptHeaders).end();
    trpc(procedure, query, req, res);
  };
}

/** The path and query alone, also where a proxy is asked for a whole URL; letters that need no encoding stand as such. */
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
