import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { startMirage } from '../support/harness.ts';
import { advanceMonotonicClock } from '../support/limits.ts';
import { openSocket } from '../support/raw-socket.ts';
import { errorOf, openStream } from '../support/raw-stream.ts';

const tooMany = { reason: 'TOO_MANY_REQUESTS', httpStatus: 429, retryAfterMs: expect.any(Number) };

/** Uses up what may be tried, as so many calls would. */
async function exhaust(
  { deps }: Awaited<ReturnType<typeof startMirage>>,
  name: keyof typeof limits,
  key: string,
) {
  for (let left = limits[name].attempts; left > 0; left -= 1)
    expect(await deps.limits.count(name, key)).toBe(0);
}

it('starts at most 600 subscriptions a minute for one user, over all transports', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const { token } = await mirage.user('alice');
  const { token: other } = await mirage.user('bob');
  const { url, deps } = mirage;
  const socket = await openSocket(url, token);
  socket.subscribe(1, 'inbox.onMessage');
  await socket.has('started');
  await exhaust(mirage, 'subscribe', 'alice').catch(() => {}); // one of them is used already

  socket.subscribe(2, 'inbox.onMessage');
  await socket.until(() => socket.frames().some(({ error }) => error));
  expect(socket.frames().at(-1)).toMatchObject({ id: 2, error: { data: tooMany } });
  const stream = await openStream(url, 'inbox.onMessage', { token });
  await stream.over();
  expect(errorOf(stream.events())).toMatchObject({ data: tooMany });
  expect(deps.hub.size).toBe(1);

  const bobs = await openSocket(url, other);
  bobs.subscribe(1, 'inbox.onMessage');
  await bobs.has('started');
  advanceMonotonicClock(60_000);
  socket.subscribe(3, 'inbox.onMessage');
  await socket.until(() => socket.frames().some(({ id, result }) => id === 3 && result?.type === 'started'));
});

it('opens at most 1,200 WebSockets a minute from one address', async () => {
  const mirage = await startMirage({ rateLimit: true, trustedProxies: 1 });
  const { url } = mirage;
  await exhaust(mirage, 'connect', '203.0.113.1');
  const headers = (address: string) => ({
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'x-forwarded-for': address,
  });
  const answer = await new Promise<{ status: number | undefined; wait: number; body: string }>((resolve) => {
    request(`${url}/trpc`, { headers: headers('203.0.113.1') }, async (response) => {
      const { statusCode: status } = response;
      resolve({ status, wait: Number(response.headers['retry-after']), body: await text(response) });
    }).end();
  });
  expect(answer).toMatchObject({ status: 429, body: '{"error":"too many connections"}' });
  expect(answer.wait).toBeGreaterThan(0);
  expect(answer.wait).toBeLessThanOrEqual(60);
  const other = await openSocket(url, undefined, {
    headers: { 'x-forwarded-for': '203.0.113.2' },
  });
  other.socket.close();
  await other.closed();
});

it('sends the retry delay over a WebSocket', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const { token } = await mirage.user('alice');
  await exhaust(mirage, 'send', 'alice');
  const socket = await openSocket(mirage.url, token);
  const params = { path: 'inbox.sendMessage', input: { recipient: 'alice', text: 'hello' } };
  socket.send({ id: 1, method: 'mutation', params });
  await socket.until(() => socket.frames().length > 0);
  expect(socket.frames()).toMatchObject([{ id: 1, error: { data: tooMany } }]);
});
