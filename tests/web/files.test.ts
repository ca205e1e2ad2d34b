import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync } from 'node:zlib';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/server/core/config.ts';
import { contentPolicyOf, createWeb } from '../../src/server/http/pages/web.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';

const script = `export default [${'1, '.repeat(1000)}];`;

/** The handler of the web client, serving a folder with or without a build in it. */
async function serve(isBuilt = true) {
  const folder = await temporaryFolder();
  if (isBuilt) {
    mkdirSync(`${folder}/assets`);
    writeFileSync(`${folder}/index.html`, '<!doctype html><title>Mirage</title>');
    writeFileSync(`${folder}/assets/index-abc123.js.br`, brotliCompressSync(script));
    writeFileSync(`${folder}/assets/font-abc123.woff2`, 'a font');
    writeFileSync(`${folder}/.inputs`, 'secret');
  }
  const server = express()
    .use(createWeb(contentPolicyOf(loadConfig({})), folder))
    .use((_req, res) => void res.status(404).json({ error: 'not found' }))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  return async (path: string, method = 'GET', asked: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: asked });
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
}

it('serves the page uncached, with a strict content security policy', async () => {
  const get = await serve();
  const { status, headers, body } = await get('/');
  expect([status, body]).toEqual([200, expect.stringContaining('<title>Mirage')]);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('cache-control')).toBe('no-cache');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('same-origin');
  const policy = headers.get('content-security-policy') ?? '';
  for (const directive of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    expect(policy.split('; ')).toContain(directive);
  expect(policy).not.toMatch(/unsafe|\*|http:/);
});

it('lets browsers cache hashed files indefinitely', async () => {
  const get = await serve();
  for (const [path, type] of [
    ['/assets/index-abc123.js', 'text/javascript; charset=utf-8'],
    ['/assets/font-abc123.woff2', 'font/woff2'],
  ] as const) {
    const { status, headers } = await get(path);
    expect([status, headers.get('content-type')]).toEqual([200, type]);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    const tag = headers.get('etag') ?? '';
    expect(await get(path, 'GET', { 'if-none-match': tag, 'cache-control': 'max-age=0' })).toMatchObject({
      status: 304,
      body: '',
    });
  }
});

it('compresses scripts in the best way that the browser takes', async () => {
  const get = await serve();
  for (const [accepted, coding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['gzip;q=0.5, br;q=0', 'gzip'],
    ['identity', null],
    ['deflate', null],
  ] as const) {
    const asked = { 'accept-encoding': accepted };
    const { headers, body } = await get('/assets/index-abc123.js', 'GET', asked);
    expect([headers.get('content-encoding'), body], accepted).toEqual([coding, script]);
    expect(headers.get('vary')).toBe('Accept-Encoding');
    const length = Number(headers.get('content-length'));
    if (coding) expect(length).toBeLessThan(script.length / 10);
    else expect(length).toBe(script.length);
    const head = await get('/assets/index-abc123.js', 'HEAD', asked);
    expect([head.headers.get('content-length'), head.body]).toEqual([String(length), '']);
  }
});

it('answers 404 in JSON for missing files and for other methods', async () => {
  const get = await serve();
  for (const path of [
    '/assets/index-gone.js',
    '/assets/index-abc123.js.br',
    '/assets',
    '/nowhere',
    '/.inputs',
    '/../package.json',
    '/%',
  ])
    expect(await get(path), path).toMatchObject({ status: 404, body: '{"error":"not found"}' });
  expect(await get('/', 'POST')).toMatchObject({ status: 404, body: '{"error":"not found"}' });
});

it('answers 404 in JSON when the web client has not been built', async () => {
  const get = await serve(false);
  expect(await get('/')).toMatchObject({ status: 404, body: '{"error":"not found"}' });
});

it('answers unknown paths with a JSON 404, to browsers too', async () => {
  const { url } = await startMirage();
  for (const path of ['/nowhere', '/api/nowhere', '/trpc/no.where']) {
    const response = await fetch(url + path, { headers: { accept: 'text/html' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      expect.stringMatching(/^application\/json/),
    ]);
  }
});

it.each([
  [{}, "img-src 'self' data: blob:", "media-src 'self'"],
  [{ EXTERNAL_AVATARS: 'on' }, "img-src 'self' data: blob: https:", "media-src 'self'"],
  [
    { FILES_ORIGIN: 'http://files.example', PUBLIC_URL: 'https://chat.example/talk' },
    "img-src 'self' http://files.example https://chat.example data: blob:",
    "media-src 'self' http://files.example https://chat.example",
  ],
  [
    { FILES_URL: 's3://files?endpoint=https://s3.example', FILES_DIRECT_READS: 'on' },
    "img-src 'self' https://s3.example https://files.s3.example data: blob:",
    "media-src 'self' https://s3.example https://files.s3.example",
  ],
  [
    { FILES_URL: 's3://files', FILES_DIRECT_READS: 'on' },
    "img-src 'self' https://*.amazonaws.com https://*.amazonaws.com.cn data: blob:",
    "media-src 'self' https://*.amazonaws.com https://*.amazonaws.com.cn",
  ],
])('lets pages show pictures from where files are, and avatars as %j says', (settings, images, media) => {
  const policy = contentPolicyOf(loadConfig(settings)).split('; ');
  expect(policy).toEqual(expect.arrayContaining([images, media]));
});
