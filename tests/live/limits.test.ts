import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { reasonOf } from '../../src/client/index.ts';
import { createLogger } from '../../src/server/core/logger.ts';
import { createMemoryEventBus } from '../../src/server/infra/bus/memory-event-bus.ts';
import { createHub } from '../../src/server/infra/live/hub.ts';
import { follow, startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { openSocket } from '../support/raw-socket.ts';

it('refuses the 201st subscription over one connection, and the 200 go on', async () => {
  const { url, bob, roomId, say, deps } = await startRoom();
  const reader = await openSocket(url, bob.token);
  for (let id = 1; id <= 201; id += 1) reader.subscribe(id, 'chat.onMessage', { roomId });
  await reader.until(() => reader.errors().length > 0);
  expect(reader.errors()).toEqual([[expect.any(Number), 'TOO_MANY_SUBSCRIPTIONS']]);
  expect(deps.hub.size).toBe(200);
  await say('hello');
  const heard = () => reader.texts.filter((text) => text.includes('hello')).length;
  await reader.until(() => heard() === 200);

  // Each that ends makes room for another.
  reader.send({ id: 7, method: 'subscription.stop' });
  await reader.until(() => reader.frames().some(({ result }) => result?.type === 'stopped'));
  reader.subscribe(500, 'chat.onMessage', { roomId });
  await reader.until(() => heard() === 201);
  expect([reader.errors().length, deps.hub.size]).toEqual([1, 200]);
}, 60_000);

describe('a hub', () => {
  const source = { read: async () => ({ events: [], complete: true, position: '' }), isNewer: () => false };
  const options = { after: undefined, signal: undefined };

  it('counts the subscriptions of a user over all connections, without ended ones', async () => {
    const hub = createHub(createMemoryEventBus(), createLogger('silent'), { perConnection: 2, perUser: 3 });
    const open = (username: string, connection: object) =>
      hub.open('topic', source, { username, sessionId: 1, connection }, options);
    const [first, second] = [{}, {}];
    const opened = [await open('ada', first), await open('ada', first)];
    await expect(open('ada', first)).rejects.toMatchObject({ reason: 'TOO_MANY_SUBSCRIPTIONS' });
    opened.push(await open('ada', second));
    await expect(open('ada', second)).rejects.toMatchObject({ reason: 'TOO_MANY_SUBSCRIPTIONS' });
    await open('bob', second);
    opened[0]?.end();
    opened[0]?.end();
    await open('ada', {});
    await expect(open('ada', {})).rejects.toMatchObject({ reason: 'TOO_MANY_SUBSCRIPTIONS' });
    expect(hub.size).toBe(4);
  });

  it('counts attempts that arrive at once', async () => {
    const hub = createHub(createMemoryEventBus(), createLogger('silent'), { perConnection: 5, perUser: 5 });
    const open = () => hub.open('topic', source, { username: 'ada', sessionId: 1 }, options);
    const settled = await Promise.allSettled(Array.from({ length: 9 }, open));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(hub.size).toBe(5);
  });
});

it.each(transports)('refuses more subscriptions than a user may have over %s', async (transport) => {
  const { url, bob, alice, roomId, deps } = await startRoom();
  const session = await deps.db.session.findFirstOrThrow({ where: { username: 'bob' } });
  const facts = { username: 'bob', sessionId: session.id };
  const source = { read: async () => ({ events: [], complete: true, position: '' }), isNewer: () => false };
  for (let n = 0; n < 1000; n += 1)
    await deps.hub.open('x', source, facts, { after: undefined, signal: undefined });
  const { client } = liveClient({ url, token: bob.token, transport });
  const states: unknown[] = [];
  const refused = follow((on) =>
    client.chat.onMessage.subscribe(
      { roomId },
      { ...on, onConnectionStateChange: (state) => states.push(state) },
    ),
  );
  const welcome = liveClient({ url, token: alice.token, transport }).room(roomId);
  await welcome.started();
  await vi.waitFor(() =>
    expect(states.map((state) => reasonOf((state as { error: unknown }).error))).toContain(
      'TOO_MANY_SUBSCRIPTIONS',
    ),
  );
  expect([refused.ends, client.connection.state]).toEqual([[], 'connecting']);
});

it('closes a WebSocket that sends more than 128 KB at once, and no other', async () => {
  const { url, bob, roomId, say, deps } = await startRoom();
  const [rude, polite] = [await openSocket(url, bob.token), await openSocket(url, bob.token)];
  for (const reader of [rude, polite]) reader.subscribe(1, 'chat.onMessage', { roomId });
  await Promise.all([rude.has('started'), polite.has('started')]);
  const largest = { id: 2, method: 'query', params: { path: 'x'.repeat(127 * 1024) } };
  polite.send(largest);
  await polite.until(() => polite.errors().length === 1);
  rude.send({ ...largest, more: 'x'.repeat(2048) });
  await rude.closed();
  expect(rude.closes[0]?.code).toBe(1009);
  await say('hello');
  await polite.has('hello');
  expect([polite.closes, deps.hub.size]).toEqual([[], 1]);
});

it('accepts 250 calls in one WebSocket message, and no more', async () => {
  const { url, bob } = await startRoom();
  const socket = await openSocket(url, bob.token);
  const calls = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ id, method: 'query', params: { path: 'auth.me' } }));
  socket.send(calls(250));
  await socket.until(() => socket.texts.length === 250);
  expect(socket.errors()).toEqual([]);
  socket.send(calls(251));
  await socket.until(() => socket.errors().length === 251);
  socket.socket.close();
  await once(socket.socket, 'close');
});
