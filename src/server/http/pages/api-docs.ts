import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Router } from 'express';
import type { Deps } from '../../services/shared/deps.ts';
import { createCors } from '../cors.ts';
import { applyKeptHeaders } from '../reply.ts';
import { openCompressedFiles } from './compressed-files.ts';

/** Where `npm run build` puts the files of Swagger UI; the path is the same from the sources and from the build. */
const builtFolder = join(import.meta.dirname, '../../../../dist/docs/');

/** The files that the page loads besides its script. */
const smallFiles = ['index.css', 'favicon-16x16.png', 'favicon-32x32.png'];
const compressedFiles = ['swagger-ui.css', 'swagger-ui-bundle.js'];

/** Swagger UI's own page has inline styles and scripts, which the policy forbids. */
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mirage: the legacy REST API</title>
<link rel="icon" type="image/png" sizes="16x16" href="docs/favicon-16x16.png">
<link rel="icon" type="image/png" sizes="32x32" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/swagger-ui-init.js"></script>
</body>
</html>
`;

const script = `const options = {
  "swaggerUrl": "openapi.json",
  "layout": "BaseLayout",
  "validatorUrl": null,
  "defaultModelsExpandDepth": -1,
  "displayRequestDuration": true
};
SwaggerUIBundle({
  ...options,
  url: options.swaggerUrl,
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
});
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
 * `/openapi.json`, and Swagger UI for it at `/docs`. Both are loaded on the first request. All URLs are relative, as the app
 * may be mounted anywhere.
 */
export function createApiDocs({ config }: Pick<Deps, 'config'>, loadDocument: () => Promise<object>): Router {
  const allow = createCors({ origin: config.corsOrigin, methods: ['GET'], headers: [] });
  const getDocument = once(async () => withEtag(await loadDocument()));
  const small = new Map(smallFiles.map((file) => [file, once(() => readFile(join(builtFolder, file)))]));
  const compressed = openCompressedFiles(builtFolder);

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
    .get('/docs/swagger-ui-init.js', (_req, res) => {
      res.set('Cache-Control', 'no-cache').type('js').send(script);
    })
    .get(pathsOf(smallFiles), async (req, res, next) => {
      const content = await small
        .get(basename(req.path))?.()
        .catch(() => undefined);
      if (!content) return next(); // it has not been built
      res.set('Cache-Control', 'no-cache').type(extname(req.path)).send(content);
    })
    .get(pathsOf(compressedFiles), async (req, res, next) => {
      const headers = { 'Cache-Control': 'no-cache' };
      if (!(await compressed.send(req, res, basename(req.path), headers))) next();
    });
}

const pathsOf = (files: string[]) => files.map((file) => `/docs/${file}`);

function withEtag(document: object) {
  const body = JSON.stringify(document);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

/** Memoizes `load`, except for failures: the next call tries again. */
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
