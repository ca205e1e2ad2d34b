import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type Mirage, startMirage } from '../support/harness.ts';

type Headers = Record<string, string>;

async function exchange(url: string, token: string | undefined, headers: Headers = { origin: url }) {
  const response = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  return { status: response.status, cookies: response.headers.getSetCookie() };
}

/** A Mirage with a user, and the Cookie header that the user's browser would send. */
async function startWithCookie(settings?: Parameters<typeof startMirage>[0]) {
  const mirage = await startMirage(settings);
  const alice = await mirage.user('alice');
  const { cookies } = await exchange(mirage.url, alice.token);
  return { ...mirage, alice, cookie: cookies[0]?.split(';')[0] ?? '' };
}

const me = (url: string, headers: Headers) => fetch(`${url}/trpc/auth.me`, { headers });

const call = (url: string, headers: Headers) =>
  fetch(`${url}/trpc/chat.createRoom`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name: 'general' }),
  });

/** Calls `auth.me` over a WebSocket: the text of the answer, to search for a user name or a reason. */
function askOverWebSocket(url: string, headers: Headers, params = ''): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/trpc${params && '?connectionParams=1'}`, {
    headers,
  });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      if (params) socket.send(params);
      socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'auth.me' } }));
    });
    socket.on('message', (data) => resolve(String(data)));
  });
}

async function firstWordOfStream(
  { url }: Mirage,
  headers: Headers,
  path = 'chat.onMessage?input={"roomId":1}',
) {
  const aborted = new AbortController();
  onTestFinished(() => aborted.abort());
  const { body } = await fetch(`${url}/trpc/${path}`, { headers, signal: aborted.signal });
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (/UNAUTHORIZED|hello/.test(text)) break;
  }
  return text;
}

it('stores a token in a cookie that scripts cannot read and that is sent to /trpc and /files only', async () => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  const { status, cookies } = await exchange(url, token);
  expect(status).toBe(204);
  expect(cookies).toHaveLength(2);
  for (const [index, path] of ['/trpc', '/files'].entries()) {
    const [pair, ...attributes] = (cookies[index] ?? '').split('; ');
    expect(pair).toBe(`mirage_session=${token}`);
    expect(attributes.filter((attribute) => !attribute.startsWith('Expires'))).toEqual(
      expect.arrayContaining(['HttpOnly', 'SameSite=Strict', `Path=${path}`, 'Max-Age=34560000']),
    );
    expect(attributes).not.toContain('Secure');
  }
});

it('marks the cookie Secure when the page was loaded over TLS', async () => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  const page = { 'sec-fetch-site': 'same-origin', origin: 'https://chat.example' };
  expect((await exchange(url, token, page)).cookies[0]).toContain('; Secure');
});

it('sets no cookie for an invalid token', async () => {
  const { url } = await startMirage();
  for (const token of [undefined, 'stale'])
    expect(await exchange(url, token)).toEqual({ status: 401, cookies: [] });
});

it('neither sets nor clears a cookie for other origins', async () => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  for (const headers of foreign(url)) {
    expect(await exchange(url, token, headers), JSON.stringify(headers)).toEqual({
      status: 403,
      cookies: [],
    });
    const taken = await fetch(`${url}/session`, { method: 'DELETE', headers });
    expect([taken.status, taken.headers.getSetCookie()]).toEqual([403, []]);
  }
});

it('clears the cookie', async () => {
  const { url } = await startMirage();
  const response = await fetch(`${url}/session`, { method: 'DELETE', headers: { origin: url } });
  expect(response.status).toBe(204);
  expect(response.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^mirage_session=; Path=\/trpc; Expires=Thu, 01 Jan 1970/),
    expect.stringMatching(/^mirage_session=; Path=\/files; Expires=Thu, 01 Jan 1970/),
  ]);
});

/** Headers of requests from pages of this server. */
const own = (url: string): Headers[] => [
  { origin: url },
  { referer: `${url}/` },
  { 'sec-fetch-site': 'same-origin' },
];

/** Headers of requests from other origins, and of requests that no page sends. */
const foreign = (url: string): Headers[] => [
  {},
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: url.replace(/\d+$/, '1') },
  { referer: `https://evil.example/${url}` },
  { 'sec-fetch-site': 'same-site', origin: url },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'none' },
];

it('accepts the cookie in same-origin requests', async () => {
  const { url, cookie } = await startWithCookie();
  for (const headers of own(url)) expect((await me(url, { cookie, ...headers })).status).toBe(200);
  const among = `theme=dark; ${cookie}; mirage_session_x=1`;
  expect((await me(url, { cookie: among, origin: url })).status).toBe(200);
  expect((await call(url, { cookie, origin: url })).status).toBe(200);
  expect(await askOverWebSocket(url, { cookie, origin: url })).toContain('"username":"alice"');
});

it('ignores the cookie in all other requests', async () => {
  const { url, cookie } = await startWithCookie();
  for (const headers of foreign(url)) {
    expect((await me(url, { cookie, ...headers })).status, JSON.stringify(headers)).toBe(401);
    expect((await call(url, { cookie, ...headers })).status).toBe(401);
    expect(await askOverWebSocket(url, { cookie, ...headers })).toContain('UNAUTHORIZED');
  }
});

it('streams events by cookie to same-origin pages only', async () => {
  const mirage = await startWithCookie();
  const { url, cookie, alice } = mirage;
  const { id: roomId } = await alice.client.chat.createRoom.mutate({ name: 'general' });
  await alice.client.chat.sendMessage.mutate({ roomId, text: 'hello' });
  expect(await firstWordOfStream(mirage, { cookie, origin: url })).toContain('hello');
  expect(await firstWordOfStream(mirage, { cookie, origin: 'https://evil.example' })).toContain(
    'UNAUTHORIZED',
  );
});

it('prefers an explicit token to the cookie', async () => {
  const { url, user, cookie } = await startWithCookie();
  const { token } = await user('bob');
  const headers = { cookie, origin: url };
  expect(await (await me(url, { ...headers, authorization: token })).text()).toContain('bob');
  expect((await me(url, { ...headers, authorization: 'stale' })).status).toBe(401);
  const params = JSON.stringify({ method: 'connectionParams', data: { token } });
  expect(await askOverWebSocket(url, headers, params)).toContain('"username":"bob"');
});

it('ignores the cookie at legacy paths', async () => {
  const { url, cookie } = await startWithCookie();
  expect((await fetch(`${url}/api/inbox`, { headers: { cookie, origin: url } })).status).toBe(401);
});

it('rejects the cookie after its session has ended', async () => {
  const { url, alice, cookie } = await startWithCookie();
  await alice.client.auth.logout.mutate();
  expect((await me(url, { cookie, origin: url })).status).toBe(401);
});

it('accepts same-origin WebSockets even when CORS_ORIGIN lists other origins', async () => {
  const { url, cookie } = await startWithCookie({ corsOrigin: ['https://other.example'] });
  expect(await askOverWebSocket(url, { cookie, origin: url })).toContain('"username":"alice"');
  await expect(askOverWebSocket(url, { cookie, origin: 'https://evil.example' })).rejects.toThrow('403');
});
