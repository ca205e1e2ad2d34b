import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

const expected = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

it.each([
  ['GET', '/healthz'],
  ['GET', '/nowhere'],
  ['GET', '/api/ping'],
  ['GET', '/api/inbox'],
  ['GET', '/api/nowhere'],
  ['OPTIONS', '/api/login'],
  ['DELETE', '/api/login'],
  ['GET', '/trpc/users.count'],
  ['GET', '/trpc/users.count,auth.me?batch=1'],
  ['POST', '/trpc/auth.login'],
  ['OPTIONS', '/trpc/auth.login'],
  ['GET', '/trpc/inbox.onMessage'],
])('sends the security headers in response to %s %s', async (method, path) => {
  const { url } = await startMirage();
  const response = await fetch(url + path, { method });
  const headers = Object.fromEntries(response.headers);
  expect(headers).toMatchObject(expected);
  expect(headers['cache-control']).toMatch(/^no-store\b/);
  expect(headers).not.toHaveProperty('x-powered-by');
  await response.text();
});

it.each([
  ['invalid HTTP', 'nonsense\r\n\r\n'],
  ['oversized headers', `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['a missing host', 'GET /api/ping HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['an expectation', 'GET /api/ping HTTP/1.1\r\nHost: x\r\nExpect: more\r\nConnection: close\r\n\r\n'],
  [
    'a WebSocket handshake at the wrong path',
    'GET /api/ping HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  ],
])('sends them in response to %s', async (_, bytes) => {
  const { url } = await startMirage();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(bytes);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  const [head = ''] = answer.toLowerCase().split('\r\n\r\n');
  expect(head).toContain('cache-control: no-store');
  for (const [name, value] of Object.entries(expected))
    expect(head).toContain(`${name}: ${value.toLowerCase()}`);
});
