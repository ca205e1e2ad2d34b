import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { restCompat } from '../rest-compat/mount.ts';
import { addressOf } from './address.ts';
import { type Context, type Deps, tokenOf } from './context.ts';
import { AppError } from './errors.ts';
import { createCors } from './http/cors.ts';
import { logProcedureError } from './http/procedure-log.ts';
import { createRequestLog } from './http/request-log.ts';
import { createSse } from './http/sse.ts';
import { appRouter } from './routers/app-router.ts';
import { maxBodyBytes } from './text.ts';

/** Mirage over HTTP. It listens to nothing and reads no environment, so that one process can hold several. */
export function createApp(deps: Deps, sse = createSse(deps)): Express {
  const { config, log } = deps;
  const logRequest = createRequestLog(log);
  const allowTrpc = createCors({
    origin: config.corsOrigin,
    methods: ['GET', 'POST'],
    headers: ['authorization', 'content-type', 'last-event-id', 'trpc-accept', 'x-request-id'],
  });

  // As the original's, except that no credentials are allowed.
  const allowRest = createCors({
    origin: config.corsOrigin,
    methods: ['DELETE', 'GET', 'POST', 'PUT'],
    headers: ['authorization', 'content-type'],
  });

  const prepare: RequestHandler = (req, res, next) => {
    logRequest(req, res);
    if (req.headers.host === undefined && req.httpVersion === '1.1')
      return void res.status(400).json({ error: 'the Host header is missing' });
    next();
  };

  const preflight: RequestHandler = (req, res, next) => {
    allowTrpc(req, res);
    if (req.method === 'OPTIONS') return void res.status(204).end();
    next();
  };

  const trpc = createExpressMiddleware({
    router: appRouter,
    maxBodySize: maxBodyBytes,
    maxBatchSize: 20,
    createContext: ({ req }): Context => ({
      deps,
      token: tokenOf(req.headers.authorization),
      address: addressOf(req, config.trustedProxies),
    }),
    responseMeta: ({ errors }) => ({ headers: retryAfter(errors) }),
    onError: ({ error, path, req }) => logProcedureError(log, error, path, req.requestId),
  });

  const failed: ErrorRequestHandler = (error: { status?: number }, req, res, next) => {
    if (res.headersSent) return void next(error);
    const status = error.status !== undefined && error.status < 500 ? error.status : 500;
    if (status === 500) log.error({ requestId: req.requestId, err: error }, 'request failed');
    res.status(status).json({ error: status === 500 ? 'internal server error' : 'bad request' });
  };

  return express()
    .disable('x-powered-by')
    .disable('etag')
    .use(prepare)
    .get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
    .use('/trpc', preflight, sse.handle, trpc)
    .use('/api', (req, res, next) => {
      allowRest(req, res);
      next();
    })
    .use(restCompat(deps))
    .use((_req, res) => void res.status(404).json({ error: 'not found' }))
    .use(failed);
}

function retryAfter(errors: Error[]): Record<string, string> {
  const waits = errors.map((error) => (error instanceof AppError ? (error.retryAfterMs ?? 0) : 0));
  const wait = Math.max(0, ...waits);
  return wait > 0 ? { 'retry-after': String(Math.ceil(wait / 1000)) } : {};
}
