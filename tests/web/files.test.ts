import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { createWeb } from '../../src/server/http/pages/web.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';

/** The handler of the web client, serving a folder with or without a build in it. */
async function serve(isBuilt = true) {
  const folder = await temporaryFolder();
  if (isBuilt) {
    mkdirSync(`${folder}/assets`);
    writeFileSync(`${folder}/index.html`, '<!doctype html><title>Mirage</title>');
    writeFileSync(`${folder}/assets/index-abc123.js`, 'export {};');
    writeFileSync(`${folder}/.inputs`, 'secret');
  }
  const server = express()
    .use(createWeb(folder))
    .use((_req, res) => void res.status(404).json({ error: 'not found' }))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  return async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
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
    "img-src 'self' https:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    expect(policy.split('; ')).toContain(directive);
  expect(policy).not.toMatch(/unsafe|\*|http:/);
});

it('lets browsers cache hashed files indefinitely', async () => {
  const get = await serve();
  const { status, headers } = await get('/assets/index-abc123.js');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
});

it('answers 404 in JSON for missing files and for other methods', async () => {
  const get = await serve();
  for (const path of ['/assets/index-gone.js', '/assets', '/nowhere', '/.inputs', '/../package.json', '/%'])
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
