import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Config } from '../../src/server/core/config.ts';
import { createMirage } from '../../src/server/index.ts';
import { listen } from '../embedding/support.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { tokenOf } from '../support/token-of.ts';

type Headers = Record<string, string>;

/** Exchanges a token for a cookie, and calls `auth.me` with it over HTTP and WebSocket. */
async function startWith(settings: Partial<Config>) {
  const { url, user } = await startMirage(settings);
  const { token } = await user('alice');
  const cookie = `mirage_session=${token}`;

  const overHttp = async (headers: Headers) =>
    (await fetch(`${url}/trpc/auth.me`, { headers: { cookie, ...headers } })).status === 200;

  function overWebSocket(headers: Headers): Promise<boolean> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc`, { headers: { cookie, ...headers } });
    onTestFinished(() => socket.terminate());
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => socket.send('{"id":1,"method":"query","params":{"path":"auth.me"}}'));
      socket.on('message', (data) => resolve(String(data).includes('"username":"alice"')));
    });
  }

  async function session(headers: Headers) {
    const response = await fetch(`${url}/session`, {
      method: 'POST',
      headers: { authorization: token, ...headers },
    });
    return response.headers.getSetCookie()[0];
  }

  /** Whether requests with these headers count as coming from a page of the server, wherever that matters. */
  async function isOwnPage(headers: Headers): Promise<boolean> {
    const answers = [await overHttp(headers), await overWebSocket(headers), !!(await session(headers))];
    expect(new Set(answers).size, JSON.stringify(headers)).toBe(1);
    return answers[0] === true;
  }
  return { url, isOwnPage, session };
}

it('uses only PUBLIC_URL as the origin of its pages', async () => {
  const { url, isOwnPage } = await startWith({ publicUrl: 'https://chat.example', trustedProxies: 1 });
  expect(await isOwnPage({ origin: 'https://chat.example' })).toBe(true);
  expect(await isOwnPage({ referer: 'https://chat.example/rooms' })).toBe(true);
  for (const headers of [
    { origin: url },
    { origin: 'http://chat.example' },
    { origin: 'https://chat.example:8443' },
    { origin: 'https://evil.example' },
    { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
    { origin: 'https://chat.example', 'sec-fetch-site': 'cross-site' },
  ] as Headers[])
    expect(await isOwnPage(headers), JSON.stringify(headers)).toBe(false);
});

const forwarded: Headers[] = [
  { 'x-forwarded-host': 'chat.example' },
  { 'x-forwarded-host': 'evil.example, chat.example' },
  { forwarded: 'for=192.0.2.1;host=chat.example;proto=https' },
  { forwarded: 'for=192.0.2.1; Host="chat.example"' },
  { forwarded: 'host=evil.example, for=192.0.2.1;host=chat.example' },
  { forwarded: 'host=chat.example', 'x-forwarded-host': 'evil.example' },
];

it.each(forwarded)('uses the host forwarded by a trusted proxy: %j', async (headers) => {
  const { isOwnPage } = await startWith({ trustedProxies: 1 });
  expect(await isOwnPage({ ...headers, origin: 'https://chat.example' })).toBe(true);
  expect(await isOwnPage({ ...headers, origin: 'https://evil.example' })).toBe(false);
});

it('ignores forwarded hosts without a trusted proxy', async () => {
  const { url, isOwnPage } = await startWith({});
  for (const headers of forwarded)
    expect(await isOwnPage({ ...headers, origin: 'https://chat.example' })).toBe(false);
  expect(await isOwnPage({ 'x-forwarded-host': 'evil.example', origin: url })).toBe(true);
});

it('counts trusted proxies from the server outward', async () => {
  const { isOwnPage } = await startWith({ trustedProxies: 2 });
  const headers = { 'x-forwarded-host': 'evil.example, chat.example, inner.example' };
  expect(await isOwnPage({ ...headers, origin: 'https://chat.example' })).toBe(true);
  expect(await isOwnPage({ ...headers, origin: 'https://inner.example' })).toBe(false);
});

it('sets the cookie for the public path, and Secure if that is https', async () => {
  const { session } = await startWith({ publicUrl: 'https://chat.example/team/chat' });
  const cookie = await session({ origin: 'https://chat.example' });
  expect(cookie).toContain('; Path=/team/chat/trpc;');
  expect(cookie).toContain('; Secure');
});

it('sets the cookie for the base path of an embedded Mirage', async () => {
  const folder = await temporaryFolder();
  const mirage = await createMirage({
    config: { databaseUrl: `file:${folder}/mirage.db`, rateLimit: false, logLevel: 'silent' },
    basePath: '/chat',
    pages: true,
  });
  onTestFinished(() => mirage.close());
  const api = mirage.createCaller(undefined);
  await api.auth.register({ username: 'ada', email: 'a@example.com', password: 'a password' });
  const token = await tokenOf(api.auth.login({ username: 'ada', password: 'a password' }));
  const server = createServer((req, res) => mirage.handler(req, res, () => res.writeHead(404).end()));
  const url = await listen(server);
  onTestFinished(() => void server.close());
  const response = await fetch(`${url}/chat/session`, {
    method: 'POST',
    headers: { authorization: token, origin: url },
  });
  expect(response.headers.getSetCookie()[0]).toContain('; Path=/chat/trpc;');
  // Relative addresses of the page need the slash.
  const redirected = await fetch(`${url}/chat`, { redirect: 'manual' });
  expect([redirected.status, redirected.headers.get('location')]).toEqual([308, 'chat/']);
  expect((await fetch(`${url}/chat/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/chatter/healthz`)).status).toBe(404);
});
