import express, { type ErrorRequestHandler, type Express } from 'express';
import { failRequest } from '../http/failure.ts';
import { createApiDocs } from '../http/pages/api-docs.ts';
import { createMetricsEndpoint } from '../http/pages/metrics-endpoint.ts';
import { createWebSession } from '../http/pages/session.ts';
import { createWeb } from '../http/pages/web.ts';
import type { Deps } from '../services/shared/deps.ts';

/** Everything besides the API: health checks, metrics, the API documentation, the web client and its session cookie. */
export function createPages(deps: Deps, basePath = ''): Express {
  return express()
    .disable('x-powered-by')
    .disable('etag')
    .get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
    .get('/readyz', async (_req, res) => {
      const services = await deps.readiness();
      const isReady = Object.values(services).every((state) => state === 'ok');
      res.status(isReady ? 200 : 503).json({ status: isReady ? 'ok' : 'unavailable', ...services });
    })
    .all('/metrics', createMetricsEndpoint(deps))
    .use('/session', createWebSession(deps, basePath))
    .use(createApiDocs(deps, loadOpenApi))
    .use(createWeb())
    .use((_req, res) => void res.status(404).json({ error: 'not found' }))
    .use(answerFailure(deps));
}

/** Loaded on demand, because the document is rarely requested. */
async function loadOpenApi(): Promise<object> {
  const [{ openApiDocument }, { routes }] = await Promise.all([
    import('../../rest-compat/openapi.ts'),
    import('../../rest-compat/routes.ts'),
  ]);
  return openApiDocument(routes);
}

/** Express recognizes an error handler by its four parameters. */
function answerFailure({ log }: Pick<Deps, 'log'>): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => failRequest(log, error, req, res);
}
