import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import { readBySocket, readByStream } from '../support/id-readers.ts';
import { liveClient } from '../support/live-client.ts';
import { scrape, startMeasured } from '../support/metrics.ts';
import { openSocket } from '../support/raw-socket.ts';

/** What is open now. */
async function openNow(url: string) {
  const { sum } = await scrape(url);
  const kinds = ['room', 'inbox', 'presence'].map((kind) => [kind, sum('mirage_subscriptions', { kind })]);
  return {
    ...(Object.fromEntries(kinds) as Record<string, number>), // safe: pairs of a name and a number
    websockets: sum('mirage_websockets'),
    streams: sum('mirage_event_streams'),
  };
}

const nothing = { room: 0, inbox: 0, presence: 0, websockets: 0, streams: 0 };

it('counts open subscriptions by kind and transport, down to zero again', async () => {
  const { url, bob, roomId } = await startMeasured();
  expect(await openNow(url)).toEqual(nothing);
  const clients = [
    ...Array.from({ length: 3 }, () => liveClient({ url, token: bob.token, transport: 'ws' })),
    ...Array.from({ length: 2 }, () => liveClient({ url, token: bob.token, transport: 'sse' })),
  ];
  const followings = clients.flatMap((client, index) => [
    client.room(roomId),
    client.inbox(),
    ...(index === 0 ? [client.presence(roomId)] : []),
  ]);
  await Promise.all(followings.map(({ started }) => started()));

  // A WebSocket or a stream carries all of a client's subscriptions.
  await expect
    .poll(() => openNow(url))
    .toEqual({ room: 5, inbox: 5, presence: 1, websockets: 3, streams: 2 });
  const { sum } = await scrape(url);
  expect(sum('mirage_connections')).toBeGreaterThanOrEqual(5);
  // A stream opens all of its subscriptions again when another one joins it.
  const opened = sum('mirage_subscriptions_opened_total', { kind: 'room' });
  expect(opened).toBeGreaterThanOrEqual(5);

  for (const { connection } of clients) connection.close();
  await expect.poll(() => openNow(url), { timeout: 10_000 }).toEqual(nothing);
  const after = await scrape(url);
  expect(after.sum('mirage_subscriptions_opened_total', { kind: 'room' })).toBe(opened);
});

it('counts connections, idle or in use', async () => {
  const { url } = await startMeasured();
  const count = async () => (await scrape(url)).sum('mirage_connections');
  const before = await count();
  const open = Array.from({ length: 5 }, () => connect(Number(new URL(url).port), '127.0.0.1'));
  await expect.poll(count).toBe(before + 5);
  for (const socket of open) socket.destroy();
  await expect.poll(count).toBe(before);
});

it('counts each delivered event, including history and ephemeral events', async () => {
  const { url, alice, bob, roomId, say } = await startMeasured();
  await say('before');
  const readers = [
    await readBySocket({ url, token: bob.token, roomId }),
    await readByStream({ url, token: bob.token, roomId }),
    await readBySocket({ url, token: alice.token, roomId }),
  ];
  for (const text of ['one', 'two']) await say(text);
  await Promise.all(readers.map(({ until, ids }) => until(() => ids.length === 3)));

  expect((await scrape(url)).sum('mirage_deliveries_total')).toBe(9);
});

it('counts disconnected slow readers, and no others', async () => {
  const { url, deps, alice, bob, roomId } = await startMeasured({
    roomMessages: { capacity: 100_000, ttlMs: 3_600_000 },
  });
  const reading = await readBySocket({ url, token: bob.token, roomId });
  const stalled = await readBySocket({ url, token: bob.token, roomId });
  stalled.pause();
  const caller = createCaller({ deps, token: alice.token, address: '' });
  let said = 0;
  while (deps.hub.drops === 0 && said < 3000) {
    for (let n = 0; n < 5; n += 1) await caller.chat.sendMessage({ roomId, text: 'x'.repeat(16_000) });
    said += 5;
    await reading.until(() => reading.ids.length === said);
  }

  const { sum } = await scrape(url);
  expect(sum('mirage_subscribers_dropped_total', { reason: 'backlog' })).toBe(1);
  expect(sum('mirage_subscribers_dropped_total')).toBe(1);
  expect(sum('mirage_subscriptions', { kind: 'room' })).toBe(1);
});

it('reports held, evicted and expired messages, and gaps', async () => {
  const { url, alice, roomId, say, clock } = await startMeasured({
    roomMessages: { capacity: 5, ttlMs: 60_000 },
  });
  const { id } = await say('the first');
  for (let n = 0; n < 7; n += 1) await say(`message ${n}`);
  const full = await scrape(url);
  expect(full.sum('mirage_room_messages')).toBe(5);
  expect(full.sum('mirage_room_messages_capacity')).toBe(5);
  expect(full.sum('mirage_room_messages_lost_total', { reason: 'evicted' })).toBe(3);
  expect(full.sum('mirage_room_gaps_total')).toBe(0);

  const socket = await openSocket(url, alice.token);
  socket.subscribe(1, 'chat.onMessage', { roomId }, id);
  await socket.has('"gap"');
  expect((await scrape(url)).sum('mirage_room_gaps_total')).toBe(1);

  clock.advance(60_000);
  const empty = await scrape(url);
  expect(empty.sum('mirage_room_messages')).toBe(0);
  expect(empty.sum('mirage_room_messages_lost_total', { reason: 'expired' })).toBe(5);
  expect(empty.sum('mirage_room_messages_lost_total', { reason: 'evicted' })).toBe(3);
});
