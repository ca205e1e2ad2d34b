import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../src/server/app/app.ts';
import { startMirage } from '../support/harness.ts';

it('serves the page and its assets under a strict content security policy', async () => {
  const { url } = await startMirage();
  const page = await fetch(`${url}/docs`);
  expect([page.status, page.redirected, page.headers.get('content-type')]).toEqual([
    200,
    false,
    'text/html; charset=utf-8',
  ]);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
    ]),
  );
  expect(policy).not.toMatch(/unsafe|\*|https?:/);

  const html = await page.text();
  expect(html).not.toMatch(/<style|style=|<script>|\bon\w+=/);
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
  expect(loaded.length).toBe(6);
  for (const address of loaded) {
    expect(address).toMatch(/^docs\/[\w.-]+$/);
    const asset = await fetch(`${url}/${address}`);
    expect([address, asset.status]).toEqual([address, 200]);
    expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
    const type =
      { js: 'javascript', css: 'text/css', png: 'image/png' }[address.split('.').at(-1) ?? ''] ?? '?';
    expect(asset.headers.get('content-type')).toContain(type);
    await asset.arrayBuffer();
  }
  const start = await (await fetch(`${url}/docs/swagger-ui-init.js`)).text();
  expect(start).toContain('"swaggerUrl": "openapi.json"');
  expect(start).not.toMatch(/https?:/);
});

it('compresses its large files for those who take it, and only for them', async () => {
  const { url } = await startMirage();
  const get = (encoding: string) =>
    fetch(`${url}/docs/swagger-ui-bundle.js`, { headers: { 'accept-encoding': encoding } });
  const answers = await Promise.all(['gzip, br', 'gzip', 'br;q=0', ''].map(get));
  expect(answers.map(({ headers }) => headers.get('content-encoding'))).toEqual(['br', 'gzip', null, null]);
  for (const { headers } of answers) expect(headers.get('vary')?.toLowerCase()).toContain('accept-encoding');
  const [text, ...others] = await Promise.all(answers.map((answer) => answer.text()));
  expect(text).toContain('SwaggerUIBundle');
  expect(new Set(others)).toEqual(new Set([text]));
});

it('does not serve other files of the Swagger UI package', async () => {
  const { url } = await startMirage();
  for (const path of [
    'index.html',
    'swagger-initializer.js',
    'package.json',
    '../package.json',
    'swagger-ui.js.map',
    '%2e%2e/x',
  ])
    expect((await fetch(`${url}/docs/${path}`)).status, path).toBe(404);
  expect((await fetch(`${url}/docs`, { method: 'POST' })).status).toBe(404);
});

it('is served with the app when that is mounted under a prefix', async () => {
  const { deps } = await startMirage();
  const server = express().use('/chat', createApp(deps)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // safe: it listens on a TCP port
  const at = (path: string) => fetch(`http://127.0.0.1:${port}/chat${path}`);
  expect((await at('/openapi.json')).status).toBe(200);
  expect((await at('/docs/swagger-ui.css')).status).toBe(200);
  const page = await at('/docs/');
  expect([page.status, new URL(page.url).pathname]).toEqual([200, '/chat/docs']);
});

it('allows only configured origins to read the document', async () => {
  const { url } = await startMirage({ corsOrigin: ['https://a.example'] });
  const from = (origin: string) => fetch(`${url}/openapi.json`, { headers: { origin } });
  expect((await from('https://a.example')).headers.get('access-control-allow-origin')).toBe(
    'https://a.example',
  );
  expect((await from('https://b.example')).headers.get('access-control-allow-origin')).toBeNull();
});
