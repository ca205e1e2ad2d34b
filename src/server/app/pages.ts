import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler } from 'express';
import { failRequest } from '../http/failure.ts';
import { createApiDocs } from '../http/pages/api-docs.ts';
import { createDirectPages, healthy, notFound } from '../http/pages/direct-pages.ts';
import { createFrontPage } from '../http/pages/front-page.ts';
import { createMetricsEndpoint } from '../http/pages/metrics-endpoint.ts';
import { createOidcReturn } from '../http/pages/oidc.ts';
import { createWebSession } from '../http/pages/session.ts';
import { builtFolder, contentPolicyOf, createWeb, headersOfWeb } from '../http/pages/web.ts';
import { applyKeptHeaders } from '../http/reply.ts';
import type { Deps } from '../services/shared/deps.ts';

/** Everything besides the API: health checks, metrics, the API documentation, the web client and its session cookie. */
export function createPages(deps: Deps, basePath = ''): RequestListener {
  const policy = contentPolicyOf(deps.config);
  const answer = createDirectPages(createFrontPage(builtFolder, headersOfWeb(policy)));
  const app = express()
    .disable('x-powered-by')
    .disable('etag')
    .get('/healthz', (_req, res) => void res.json(healthy))
    .get('/readyz', async (_req, res) => {
      const services = await deps.readiness();
      const isReady = Object.values(services).every((state) => state === 'ok');
      res.status(isReady ? 200 : 503).json({ status: isReady ? 'ok' : 'unavailable', ...services });
    })
    .all('/metrics', createMetricsEndpoint(deps))
    .use('/session', createWebSession(deps, basePath))
    .use('/oidc', createOidcReturn(deps, basePath))
    .use(createApiDocs(deps, loadOpenApi))
    .use(createWeb(policy))
    .use((_req, res) => void res.status(404).json(notFound))
    .use(answerFailure(deps));

  return (req, res) => {
    if (answer(req, res)) return;
    applyKeptHeaders(res);
    app(req, res);
  };
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
