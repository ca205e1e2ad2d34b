import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { scrape, startMeasured } from '../support/metrics.ts';
import { openSocket } from '../support/raw-socket.ts';
import { openStream } from '../support/raw-stream.ts';

const json = { 'content-type': 'application/json' };

async function setup() {
  const mirage = await startMeasured();
  const { url, alice } = mirage;
  const authorization = `Bearer ${alice.token}`;
  const before = await scrape(url);

  async function ask(path: string, init: RequestInit = {}) {
    const response = await fetch(url + path, { ...init, headers: { authorization, ...init.headers } });
    await response.text();
    return response.status;
  }

  /** By how much a sum has grown since the beginning. */
  async function grown(name: string, labels: Record<string, string>) {
    return (await scrape(url)).sum(name, labels) - before.sum(name, labels);
  }

  /** Requests of a surface since the beginning, by route and status. */
  async function requests(surface: string) {
    const { samples, sum } = await scrape(url);
    const counted = samples.filter(
      ({ name, labels }) => name === 'mirage_http_requests_total' && labels.surface === surface,
    );
    return Object.fromEntries(
      counted
        .map(({ labels }) => {
          const { route = '', status = '' } = labels;
          const name = 'mirage_http_requests_total';
          return [`${route} ${status}`, sum(name, labels) - before.sum(name, labels)] as const;
        })
        .filter(([, count]) => count > 0),
    );
  }
  return { ...mirage, ask, grown, requests };
}

it('counts requests of the typed API by procedure and status', async () => {
  const { ask, requests, grown, roomId } = await setup();
  const send = (body: string) => ask('/trpc/chat.sendMessage', { method: 'POST', headers: json, body });
  for (let n = 0; n < 7; n += 1) expect(await send(JSON.stringify({ roomId, text: 'hello' }))).toBe(200);
  expect(await send('{}')).toBe(400);
  expect(await send(JSON.stringify({ roomId: roomId + 1, text: 'hello' }))).toBe(403);
  expect(await ask('/trpc/auth.me')).toBe(200);
  expect(await ask('/trpc/auth.me', { method: 'HEAD' })).toBe(204);
  expect(await ask('/trpc/auth.me', { headers: { authorization: 'nobody' } })).toBe(401);
  expect(await ask('/trpc/auth.me', { method: 'OPTIONS' })).toBe(204);
  expect(await ask('/trpc/auth.me,users.count?batch=1')).toBe(200);
  expect(await ask('/trpc/auth.me?batch=1')).toBe(200);

  await expect
    .poll(() => requests('trpc'))
    .toEqual({
      'chat.sendMessage 200': 7,
      'chat.sendMessage 400': 1,
      'chat.sendMessage 403': 1,
      'auth.me 200': 1,
      'auth.me 204': 1,
      'auth.me 401': 1,
      'preflight 204': 1,
      'batch 200': 2,
    });
  const sent = { surface: 'trpc', route: 'chat.sendMessage' };
  expect(await grown('mirage_http_request_duration_seconds_count', sent)).toBe(9);
  expect(await grown('mirage_http_request_duration_seconds_bucket', { ...sent, le: '+Inf' })).toBe(9);
  expect(await grown('mirage_http_request_duration_seconds_sum', sent)).toBeGreaterThan(0);
  expect(await grown('mirage_room_messages_sent_total', {})).toBe(7);
  const inBatch = { transport: 'batch', outcome: 'ok' };
  expect(await grown('mirage_calls_total', { ...inBatch, procedure: 'auth.me' })).toBe(2);
  expect(await grown('mirage_calls_total', { ...inBatch, procedure: 'users.count' })).toBe(1);
});

it('counts requests of the legacy API by path, and all others by kind', async () => {
  const { ask, requests, url } = await setup();
  for (let n = 0; n < 3; n += 1) expect(await ask('/api/user/alice')).toBe(200);
  expect(await ask('/api/user/nobody-of-this-name')).toBe(404);
  expect(await ask('/api/ping')).toBe(200);
  expect(await ask('/api/ping', { method: 'DELETE' })).toBe(405);
  expect(await ask('/healthz')).toBe(200);
  expect(await ask('/readyz')).toBe(200);

  await expect
    .poll(() => requests('api'))
    .toEqual({
      '/api/user/{username} 200': 3,
      '/api/user/{username} 404': 1,
      '/api/ping 200': 1,
      'unknown 405': 1,
    });
  expect(await requests('other')).toMatchObject({ '/healthz 200': 1, '/readyz 200': 1 });
  expect((await scrape(url)).text).not.toContain('nobody-of-this-name');
});

it('counts all unknown paths under one label', async () => {
  const { ask, requests, url } = await setup();
  const count = async () =>
    (await scrape(url)).samples.filter(({ name }) => name.startsWith('mirage_')).length;
  const paths = ['/trpc/no.such', '/trpc/constructor', '/api/no-such', '/no-such'];
  for (const path of paths) await ask(path);
  const series = await count();
  for (let n = 0; n < 25; n += 1) for (const path of paths) expect(await ask(`${path}-${n}`)).toBe(404);

  await expect.poll(() => requests('trpc')).toEqual({ 'unknown 404': 52 });
  expect(await requests('api')).toEqual({ 'unknown 404': 26 });
  expect((await requests('other'))['web 404']).toBe(26);
  expect(await count()).toBe(series);
});

it('distinguishes aborted requests from answered ones', async () => {
  const { url, alice, requests, grown } = await setup();
  const caller = connect(Number(new URL(url).port), '127.0.0.1');
  const head = `POST /trpc/chat.sendMessage HTTP/1.1\r\nHost: x\r\nAuthorization: ${alice.token}\r\nContent-Type: application/json\r\n`;
  caller.write(`${head}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n{`);
  // The server has seen the head, and waits for the rest.
  await new Promise((resolve) => caller.once('data', resolve));
  caller.resetAndDestroy();
  await expect.poll(() => requests('trpc')).toEqual({ 'chat.sendMessage aborted': 1 });
  const labels = { surface: 'trpc', route: 'chat.sendMessage' };
  expect(await grown('mirage_http_request_duration_seconds_count', labels)).toBe(0);
});

it('counts requests without a Host header', async () => {
  const { url, requests } = await setup();
  const caller = connect(Number(new URL(url).port), '127.0.0.1');
  caller.end('GET /api/ping HTTP/1.1\r\n\r\n');
  await expect.poll(() => requests('api')).toEqual({ 'unknown 400': 1 });
});

it('counts calls by WebSocket by procedure and reason, and event streams', async () => {
  const { url, alice, roomId, grown, requests } = await setup();
  const socket = await openSocket(url, alice.token);
  const call = (id: number, method: string, path: string, input?: unknown) =>
    socket.send({ id, method, params: { path, input } });
  for (let id = 1; id <= 4; id += 1) call(id, 'mutation', 'chat.sendMessage', { roomId, text: 'hello' });
  call(5, 'mutation', 'chat.sendMessage', { roomId: 999, text: 'hello' });
  call(6, 'mutation', 'chat.sendMessage', {});
  socket.subscribe(7, 'chat.onMessage', { roomId });
  call(8, 'query', 'no.such.procedure');
  await socket.until(() => new Set(socket.frames().map(({ id }) => id)).size === 8);
  const stream = await openStream(url, 'chat.onMessage', { token: alice.token, input: { roomId } });
  await stream.until(() => stream.events().length > 1);

  const calls = (labels: Record<string, string>) => grown('mirage_calls_total', labels);
  const sends = { transport: 'ws', procedure: 'chat.sendMessage' };
  await expect.poll(() => calls({ ...sends, outcome: 'ok' })).toBe(4);
  expect(await calls({ ...sends, outcome: 'NOT_A_MEMBER' })).toBe(1);
  expect(await calls({ ...sends, outcome: 'INVALID_INPUT' })).toBe(1);
  expect(await calls({ transport: 'ws', procedure: 'chat.onMessage', outcome: 'ok' })).toBe(1);
  expect(await calls({ transport: 'sse', procedure: 'chat.onMessage', outcome: 'ok' })).toBe(1);
  expect(await calls({})).toBe(8);
  expect(await grown('mirage_call_duration_seconds_count', sends)).toBe(6);
  // They are no requests that took their time.
  expect(await requests('trpc')).toEqual({});
});
