import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Deps } from './context.ts';
import { createApiDocs } from './http/api-docs.ts';
import { failRequest } from './http/failure.ts';
import { createFront } from './http/front.ts';
import { createMetricsEndpoint } from './http/metrics-endpoint.ts';
import { createSse } from './http/sse.ts';
import { createWeb } from './http/web.ts';
import { createWebSession } from './http/web-session.ts';

/**
 * Mirage over HTTP, to be mounted in an Express app or served as it is. It listens to nothing and reads no
 * environment, so that one process can hold several. WebSockets need a server: see `openServer`.
 */
export function createApp(deps: Deps, sse = createSse(deps)): Express {
  return bareApp().use(createFront(deps, sse)).use(createRest(deps));
}

/** What is no part of the API: what it is documented by, the web client, and whether all is well. */
export function createRest(deps: Deps): Express {
  return bareApp()
    .get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
    .get('/readyz', async (_req, res) => {
      const services = await deps.readiness();
      const isReady = Object.values(services).every((state) => state === 'ok');
      res.status(isReady ? 200 : 503).json({ status: isReady ? 'ok' : 'unavailable', ...services });
    })
    .all('/metrics', createMetricsEndpoint(deps))
    .use('/session', createWebSession(deps))
    .use(createApiDocs(deps))
    .use(createWeb())
    .use((_req, res) => void res.status(404).json({ error: 'not found' }))
    .use(answerFailure(deps));
}

/** Express knows it for an error handler by its four parameters. */
function answerFailure({ log }: Pick<Deps, 'log'>): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => failRequest(log, error, req, res);
}

const bareApp = () => express().disable('x-powered-by').disable('etag');
