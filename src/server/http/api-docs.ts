import { createHash } from 'node:crypto';
import { type RequestHandler, Router } from 'express';
import type { Deps } from '../context.ts';
import { applyKeptHeaders } from '../reply.ts';
import { createCors } from './cors.ts';

/** What the page loads, of all that Swagger UI comes with. */
const assets = [
  'swagger-ui.css',
  'index.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui-init.js',
  'favicon-32x32.png',
];

/** Ours, as that of swagger-ui-express has styles in it, which the policy forbids. */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mirage: the legacy REST API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/swagger-ui-standalone-preset.js"></script>
<script src="docs/swagger-ui-init.js"></script>
</body>
</html>
`;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:", // the icons in its style sheet
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * `/openapi.json` and a page at `/docs` to read it and try it out. What both need is loaded when it is first asked for.
 * All addresses are relative, as the app may be mounted anywhere.
 */
export function createApiDocs({ config }: Pick<Deps, 'config'>): Router {
  const allow = createCors({ origin: config.corsOrigin, methods: ['GET'], headers: [] });
  const getDocument = once(loadDocument);
  const getAssets = once(loadAssets);

  return Router({ strict: true })
    .get('/openapi.json', async (req, res) => {
      const { body, etag } = await getDocument();
      allow(req, res);
      applyKeptHeaders(res);
      res.set({ ETag: etag, 'Cache-Control': 'no-cache' }).type('json').send(body);
    })
    .get('/docs', (_req, res) => {
      res.set({ 'Content-Security-Policy': policy, 'Cache-Control': 'no-cache' }).type('html').send(page);
    })
    .get('/docs/', (_req, res) => res.redirect(308, '../docs'))
    .get(
      assets.map((name) => `/docs/${name}`),
      async (req, res, next) => {
        req.url = req.url.slice('/docs'.length);
        (await getAssets())(req, res, next);
      },
    );
}

async function loadDocument() {
  const [{ openApiDocument }, { routes }] = await Promise.all([
    import('../../rest-compat/openapi.ts'),
    import('../../rest-compat/routes.ts'),
  ]);
  const body = JSON.stringify(openApiDocument(routes));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

async function loadAssets(): Promise<RequestHandler> {
  const { default: swaggerUi } = await import('swagger-ui-express');
  const options = {
    layout: 'BaseLayout',
    validatorUrl: null, // it would ask a service elsewhere
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
  };
  const handlers = swaggerUi.serveFiles(undefined, { swaggerUrl: 'openapi.json', swaggerOptions: options });
  return Router().use(handlers);
}

/** A failure is not kept: the next asks again. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
