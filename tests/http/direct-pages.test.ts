import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { createDirectPages } from '../../src/server/http/pages/direct-pages.ts';
import { createFrontPage } from '../../src/server/http/pages/front-page.ts';
import { builtFolder, createWeb, headersOfWeb } from '../../src/server/http/pages/web.ts';
import { applyKeptHeaders } from '../../src/server/http/reply.ts';
import { keepSecurityHeaders } from '../../src/server/http/security-headers.ts';
import { createApp, createExpressServer } from '../../src/server/index.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { openRaw } from '../support/raw-http.ts';

/** All bytes of the answer but for its time. */
async function answerOf(url: string, request: string, headers: string[] = []): Promise<string> {
  const raw = await openRaw(url);
  raw.send([`${request} HTTP/1.1`, 'Host: mirage', 'X-Request-Id: mine', 'Connection: close', ...headers]);
  await raw.closed();
  return raw.text().replace(/^Date: .*\r\n/m, '');
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // safe: it listens on a port
}

const paths = [
  ...['/', '/?room=1', '//', '/.', '/..', '/*', '/%', '/%00', '/a%20b', '/a b'],
  ...[
    '/healthz',
    '/healthz?x=1',
    '/healthz/',
    '/HEALTHZ',
    '/healthz.',
    '/healthz/x',
    '//healthz',
    '/%2f/healthz',
  ],
  ...[
    '/nowhere',
    '/nowhere/',
    '/nowhere?x=/healthz',
    '/a/b.c/~d',
    '/.env',
    '/.git/config',
    '/api',
    '/api/nowhere',
  ],
  ...['/index.html', '/INDEX.HTML', '/index.html/', '//index.html', '/./index.html', '/x/../index.html'],
  ...[
    '/assets',
    '/assets/',
    '/assets/none.js',
    '/ASSETS/none.js',
    '/.inputs',
    '/icons',
    '/icons/192.png',
    '/icons/none.png',
    '/manifest.webmanifest',
    '/service-worker.js',
    '/x\\..\\index.html',
    '/x%2f..',
  ],
  ...[
    '/docs',
    '/docs/',
    '/docs/none',
    '/Docs',
    '/openapi.json/',
    '/readyz/',
    '/session',
    '/session/x',
    '/metrics',
  ],
  ...['http://mirage/healthz', 'http://mirage/nowhere', 'http://mirage/'],
];
const conditions = ['If-None-Match: *', 'If-Match: "x"', 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'];

it('answers the page, health checks and unknown paths as Express does, byte for byte', async () => {
  // Other files would not be found: see direct-pages.ts.
  expect(
    readdirSync(builtFolder)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['assets', 'icons', 'index.html', 'manifest.webmanifest', 'service-worker.js']);
  const { url, deps } = await startMirage();
  const inExpress = await listen(createExpressServer(createApp(deps)));
  const differing: unknown[] = [];
  async function compare(request: string, headers: string[] = []) {
    const ours = await answerOf(url, request, headers);
    const theirs = await answerOf(inExpress, request, headers);
    if (ours !== theirs) differing.push({ request, headers, ours, theirs });
  }

  for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE'])
    for (const path of paths) await compare(`${method} ${path}`);
  for (const path of ['/', '/healthz', '/nowhere']) {
    for (const condition of [...conditions, 'Range: bytes=0-9']) await compare(`GET ${path}`, [condition]);
    await compare(`POST ${path}`, ['Content-Length: 0']);
    await compare(`GET ${path}`, ['Origin: https://chat.example', 'Accept-Encoding: gzip']);
  }

  expect(differing).toEqual([]);
});

/** A folder with a page, a server that answers with it, and one that leaves all to Express. */
async function servePage() {
  const folder = await temporaryFolder();
  const write = (title: string) =>
    writeFile(`${folder}/index.html`, `<!doctype html><title>${title}</title>`);
  await write('first');
  const policy = "default-src 'none'";
  const answer = createDirectPages(createFrontPage(folder, headersOfWeb(policy)));
  const app = express().disable('x-powered-by').use(createWeb(policy, folder));
  let inExpress = 0;
  const serve = (isDirect: boolean) =>
    listen(
      createServer((req, res) => {
        keepSecurityHeaders(res);
        if (isDirect && answer(req, res)) return;
        inExpress += 1;
        applyKeptHeaders(res);
        app(req, res);
      }),
    );
  return { write, url: await serve(true), stock: await serve(false), inExpress: () => inExpress };
}

it('answers the page from memory as Express does from the file, byte for byte', async () => {
  const { url, stock, inExpress } = await servePage();
  const theirs = await answerOf(stock, 'GET /');
  expect(theirs).toContain('<title>first');
  // The first request has it read; others follow until one finds it in memory.
  for (let before = -1; inExpress() !== before; ) {
    before = inExpress();
    expect(await answerOf(url, 'GET /')).toBe(theirs);
  }

  const before = inExpress();
  expect(await answerOf(url, 'HEAD /')).toBe(await answerOf(stock, 'HEAD /'));
  expect(inExpress()).toBe(before + 1);
});

it('answers with a page that has been replaced', async () => {
  const { write, url, inExpress } = await servePage();
  for (let before = -1; inExpress() !== before; ) {
    before = inExpress();
    await answerOf(url, 'GET /');
  }
  await write('second');
  await expect.poll(() => answerOf(url, 'GET /')).toContain('<title>second');
});
