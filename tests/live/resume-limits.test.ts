import { describe, expect, it, vi } from 'vitest';
import type { Reason } from '../../src/client/index.ts';
import { reasonOf } from '../../src/client/index.ts';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { openFront } from '../support/dispatcher.ts';
import { advanceMonotonicClock } from '../support/limits.ts';
import { follow, startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { openSocket } from '../support/raw-socket.ts';
import { startProxy } from '../support/tcp-proxy.ts';

type Mirage = Awaited<ReturnType<typeof startRoom>>;

async function exhaust({ deps }: Mirage, left = 0) {
  for (let n = limits.subscribe.attempts; n > left; n -= 1) await deps.limits.count('subscribe', 'bob');
}

it('resumes 200 subscriptions after three lost connections within seconds', async () => {
  const { url, bob, roomId, say } = await startRoom({ rateLimit: true });
  const proxy = await startProxy(url);
  const { room } = liveClient({ url: proxy.url, token: bob.token });
  const followings = Array.from({ length: 200 }, () => room(roomId));
  await Promise.all(followings.map(({ started }) => started()));
  for (const text of ['one', 'two', 'three']) {
    proxy.cut();
    await say(text);
    await Promise.all(followings.map(({ word }) => word(text)));
  }
  expect(followings.flatMap(({ ends }) => ends)).toEqual([]);
});

describe.each(transports)('over %s', (transport) => {
  it('waits for the delay of a refusal, then subscribes again and resumes', async () => {
    const mirage = await startRoom({ rateLimit: true });
    const { url, bob, roomId, say } = mirage;
    const { id } = await say('seen');
    await say('missed');
    await exhaust(mirage);
    const { client, connection } = liveClient({ url, token: bob.token, transport });
    const refusals: (Reason | undefined)[] = [];
    const following = follow((on) =>
      client.chat.onMessage.subscribe(
        { roomId, lastEventId: id },
        { ...on, onConnectionStateChange: ({ error }) => refusals.push(reasonOf(error)) },
      ),
    );
    vi.spyOn(globalThis, 'setTimeout');
    await vi.waitFor(() => expect(refusals).toContain('TOO_MANY_REQUESTS'), 10_000);
    expect([connection.state, following.ends]).toEqual(['connecting', []]);
    const delays = vi.mocked(setTimeout).mock.calls.map(([, ms]) => ms ?? 0);
    expect(delays.filter((ms) => ms > 59_000 && ms < 62_000 && !Number.isInteger(ms))).toHaveLength(1);
    vi.mocked(setTimeout).mockRestore();
    following.stop();
    expect(connection.state).toBe('idle');
  });

  it('recovers from a short refusal without involving the application', async () => {
    const mirage = await startRoom({ rateLimit: true });
    const { url, bob, roomId, say, deps } = mirage;
    const { id } = await say('seen');
    await say('missed');
    const count = deps.limits.count;
    let refusals = 2;
    deps.limits.count = async (name, key) => (name === 'subscribe' && refusals-- > 0 ? 50 : count(name, key));
    const following = liveClient({ url, token: bob.token, transport }).room(roomId, id);
    await following.word('missed');
    expect([following.words, following.ends, refusals < 0]).toEqual([['missed'], [], true]);
  });

  it('resumes subscriptions after a lost connection although the limit is exhausted', async () => {
    const mirage = await startRoom({ rateLimit: true });
    const { url, bob, roomId, say } = mirage;
    const proxy = await startProxy(url);
    const following = liveClient({ url: proxy.url, token: bob.token, transport }).room(roomId);
    await following.started();
    await exhaust(mirage);
    proxy.cut();
    await say('while away');
    await following.word('while away');
    expect(following.ends).toEqual([]);
  });
});

it('counts a subscription again that its client had stopped', async () => {
  const mirage = await startRoom({ rateLimit: true });
  const { url, bob, roomId } = mirage;
  const socket = await openSocket(url, bob.token);
  socket.subscribe(1, 'chat.onMessage', { roomId });
  await socket.has('"started"');
  await exhaust(mirage);
  socket.send({ id: 1, method: 'subscription.stop' });
  await socket.has('"stopped"');
  socket.subscribe(2, 'chat.onMessage', { roomId });
  await socket.until(() => socket.errors().length > 0);
  expect(socket.errors()).toEqual([[2, 'TOO_MANY_REQUESTS']]);
});

it('lets only subscriptions that lost their connection resume uncounted, each once', async () => {
  const mirage = await startRoom({ rateLimit: true });
  const { bob, roomId, deps } = mirage;
  const front = await openFront(deps);
  const first = await openSocket(front.url, bob.token);
  for (const id of [1, 2]) first.subscribe(id, 'chat.onMessage', { roomId });
  await first.until(() => first.texts.filter((text) => text.includes('"started"')).length === 2);
  await exhaust(mirage);
  first.socket.terminate();
  await vi.waitFor(() => expect(deps.hub.size).toBe(0));
  const second = await openSocket(front.url, bob.token);
  for (const id of [1, 2, 3]) second.subscribe(id, 'chat.onMessage', { roomId });
  await second.until(() => second.errors().length > 0);
  await vi.waitFor(() => expect(deps.hub.size).toBe(2));
  expect(second.errors()).toEqual([[3, 'TOO_MANY_REQUESTS']]);
  advanceMonotonicClock(60_000);
});
