import { describe, expect, it } from 'vitest';
import { createRedisRoomMessageStore } from '../../src/server/infra/stores/redis-room-message-store.ts';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { describeRoomMessageStore } from '../stores/room-message-store.contract.ts';
import { checkAgainstArrays, type Open } from '../stores/room-message-store.model.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { freshRedis } from './support/services.ts';

const identities = { of: async () => 'a room', forget() {} };

/** Each store in a ring of its own, on one connection for the test. */
function opener(maxEmptyRooms?: number): Open {
  let link: ReturnType<typeof freshRedis> | undefined;
  let rings = 0;
  return async (limits, clock) => {
    link ??= freshRedis();
    const { prefix, ...rest } = await link;
    rings += 1;
    return createRedisRoomMessageStore(
      { ...rest, prefix: `${prefix}${rings}:` },
      { limits, clock, identities, ...(maxEmptyRooms && { maxEmptyRooms }) },
    );
  };
}

describeRoomMessageStore('in Redis', (limits, clock) => opener()(limits, clock));

/** Two stores with one ring, and one more that goes by the other rule of eviction, on a connection of each. */
async function twoServers({ capacity = 100, ttlMs = 1000, isFair = false } = {}) {
  const clock = fakeClock();
  const link = await freshRedis();
  const { prefix, commands } = link;
  const limits = { capacity, ttlMs, isFair };
  const here = createRedisRoomMessageStore(link, { limits, clock, identities });
  const there = createRedisRoomMessageStore(
    { ...(await freshRedis()), prefix },
    { limits, clock, identities },
  );
  const other = createRedisRoomMessageStore(link, {
    limits: { ...limits, isFair: !isFair },
    clock,
    identities,
  });
  const say = (store: typeof here, text: string, roomId = 1) =>
    store.append({ roomId, username: 'ada', text });
  return { clock, commands, prefix, here, there, other, say };
}
const texts = (messages: { text: string }[]) => messages.map(({ text }) => text);

describe('in Redis: one ring for many servers', () => {
  it('returns to each server what the others stored, in one order', async () => {
    const { here, there, say } = await twoServers();
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => say(index % 2 ? here : there, `message ${index}`)),
    );
    const messages = await here.list(1);
    expect(messages).toHaveLength(60);
    expect(await there.list(1)).toEqual(messages);
    const ids = messages.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort(compareMessageIds));
  });

  it('applies the capacity to all servers together', async () => {
    const { here, there, say } = await twoServers({ capacity: 3 });
    for (const [index, store] of [here, there, here, there, here].entries())
      await say(store, String(index), (index % 2) + 1);
    expect(texts(await there.list(1))).toEqual(['2', '4']);
    expect(texts(await here.list(2))).toEqual(['3']);
  });

  it('expires messages for all servers', async () => {
    const { clock, here, there, say } = await twoServers();
    await say(here, 'brief');
    clock.advance(1000);
    expect(await there.list(1)).toEqual([]);
    expect(there.size()).toBe(0);
  });

  it.each([false, true])('leaves no key behind for empty rooms (fair: %s)', async (isFair) => {
    const { clock, commands, prefix, here, say } = await twoServers({ isFair });
    for (let roomId = 1; roomId <= 50; roomId += 1) await say(here, 'brief', roomId);
    const perRoom = async () =>
      (await commands.keys(`${prefix}ring:*`)).filter((key) => !/meta|empty/.test(key));
    expect(await perRoom()).toHaveLength(isFair ? 52 : 50);
    await here.forgetRoom(50);
    clock.advance(1000);
    await here.list(1);
    expect(await perRoom()).toEqual([]);
  });

  it('returns the oldest messages first if there are more than the limit, and then the rest', async () => {
    const { here, say } = await twoServers();
    for (const text of ['a', 'b', 'c', 'd']) await say(here, text);
    const first = await here.list(1, undefined, 2);
    expect(texts(first)).toEqual(['a', 'b']);
    const { messages, gap } = await here.since(1, first.at(-1)?.id ?? '', 1);
    expect([texts(messages), gap]).toEqual([['c'], false]);
  });

  it('reports a gap for every position from before a loss of data in Redis', async () => {
    const { commands, prefix, here, there, say } = await twoServers();
    const { id } = await say(here, 'lost');
    const isSameMs = async () => {
      const [seconds, micros] = await commands.time();
      return Number(seconds) * 1000 + Number(micros) / 1000 < Number(id.split('-')[0]) + 2;
    };
    while (await isSameMs()); // nobody restarts a Redis within a millisecond
    await commands.unlink(...(await commands.keys(`${prefix}*`)));
    expect(await there.since(1, id)).toMatchObject({ messages: [], changes: [], gap: true });
    const next = await say(there, 'new');
    expect(compareMessageIds(id, next.id)).toBeLessThan(0);
    expect(texts((await here.since(1, id)).messages)).toEqual(['new']);
  });

  const keys = ['ring', 'ring:meta', 'ring:empty', 'ring:room:1'];
  it('still knows of a loss of data after the messages from before it have gone', async () => {
    const { clock, commands, prefix, here, say } = await twoServers();
    await say(here, 'older');
    const { id } = await say(here, 'read');
    await commands.unlink(`${prefix}ring:meta`); // what came after it may be missing
    await here.list(1);
    clock.advance(1000);
    await say(here, 'new');
    expect(await here.since(1, id)).toMatchObject({ messages: [{ text: 'new' }], gap: true });
  });

  it.each([
    ...keys.map((key) => ({ key, isFair: false })),
    ...[...keys, 'ring:ranks', 'ring:places'].map((key) => ({ key, isFair: true })),
  ])(
    'keeps what is held, and tells of no less than was lost, when the key $key is lost (fair: $isFair)',
    async ({ key, isFair }) => {
      const { commands, prefix, here, there, say } = await twoServers({ capacity: 3, isFair });
      const { id } = await say(here, 'evicted');
      for (const text of ['a', 'b', 'c']) await say(here, text);
      await commands.unlink(prefix + key);
      const held = key === 'ring' ? [] : ['a', 'b', 'c'];
      expect(texts(await there.list(1))).toEqual(held);
      // An index can be restored exactly; without the other keys, it is unknown what else was lost.
      expect(await there.since(1, id)).toMatchObject({
        gap: ['ring', 'ring:meta', 'ring:empty'].includes(key),
      });
      const next = await say(there, 'd');
      expect(compareMessageIds(id, next.id)).toBeLessThan(0);
      expect(texts(await here.list(1))).toEqual([...held, 'd'].slice(-3));
      expect(texts((await here.since(1, next.id)).messages)).toEqual([]);
      expect((await here.since(1, next.id)).gap).toBe(false);
      await here.forgetRoom(1);
      expect(await here.list(1)).toEqual([]);
    },
  );

  it('shows nothing of another room that had the same id', async () => {
    const clock = fakeClock();
    const link = await freshRedis();
    const limits = { capacity: 100, ttlMs: 60_000 };
    let identity = 'the secret room';
    const open = () =>
      createRedisRoomMessageStore(link, {
        limits,
        clock,
        identities: { of: async () => identity, forget() {} },
      });
    const { id } = await open().append({ roomId: 1, username: 'ada', text: 'a secret' });
    identity = 'a later room';
    const store = open();
    expect(await store.list(1)).toEqual([]);
    expect((await store.since(1, '0-0')).messages).toEqual([]);
    await store.append({ roomId: 1, username: 'bob', text: 'hello' });
    expect(texts(await store.list(1))).toEqual(['hello']);
    expect(texts((await store.since(1, id)).messages)).toEqual(['hello']);
    expect(store.size()).toBe(1);
  });

  it('reports a gap for every position from before a restart of Redis, whose last writes may be missing', async () => {
    const { commands, prefix, here, say } = await twoServers();
    const { id } = await say(here, 'held');
    await commands.hset(`${prefix}ring:meta`, 'run', 'an earlier one');
    expect(await here.since(1, '0-0')).toMatchObject({ messages: [{ text: 'held' }], gap: true });
    expect(await here.since(1, id)).toMatchObject({ messages: [], changes: [], gap: true });
    const position = await here.newestId();
    expect(await here.since(1, position)).toMatchObject({ messages: [], changes: [], gap: false });
  });
});

it('in Redis: reads rooms that are asked for together, however much they hold', async () => {
  const link = await freshRedis();
  const limits = { capacity: 10_000, ttlMs: 60_000 };
  const store = createRedisRoomMessageStore(link, { limits, clock: fakeClock(), identities });
  const rooms = [1, 2, 3, 4];
  const drafts = Array.from({ length: 2400 }, (_, index) => ({
    ...{ roomId: (index % 4) + 1, username: 'ada', text: `message ${index}` },
  }));
  const stored = await Promise.all(drafts.map((draft) => store.append(draft)));
  const ofRoom = (id: number) => stored.filter(({ roomId }) => roomId === id);
  expect(await Promise.all(rooms.map((room) => store.list(room)))).toEqual(rooms.map(ofRoom));
  const missed = await Promise.all(rooms.map((room) => store.since(room, '0-1', 500)));
  expect(missed.map(({ messages }) => messages)).toEqual(rooms.map((room) => ofRoom(room).slice(0, 500)));
});

describe('in Redis: signalling rooms', () => {
  it('signals each room once for the messages that arrive together, when they are stored', async () => {
    const link = await freshRedis();
    const { commands, subscriber, prefix } = link;
    const channels = `${prefix}topic:room:`;
    const limits = { capacity: 100, ttlMs: 60_000 };
    const store = createRedisRoomMessageStore(link, { limits, clock: fakeClock(), identities, channels });
    const heard: string[] = [];
    await subscriber.psubscribe(`${channels}*`);
    subscriber.on('pmessage', (_, channel: string) => heard.push(channel.slice(channels.length)));
    /** Whatever was published before has been heard then. */
    const soFar = async () => {
      await commands.publish(`${channels}end`, '');
      while (heard.at(-1) !== 'end') await new Promise(setImmediate);
      return heard.splice(0).slice(0, -1);
    };
    const draft = { roomId: 1, username: 'ada', text: 'hi', clientId: 'a' };
    await Promise.all([
      store.append({ roomId: 1, username: 'bob', text: 'one' }),
      store.append({ roomId: 2, username: 'bob', text: 'elsewhere' }),
      store.appendNamed(draft),
    ]);
    expect(await soFar()).toEqual(['1', '2']);
    await store.appendNamed(draft);
    expect(await soFar()).toEqual([]);
    expect(store.announcesAppends).toBe(true);
  });
});

describe('in Redis: a fair ring', () => {
  const fill = async (count: number, one: () => Promise<unknown>) => {
    for (let left = count; left > 0; left -= 500)
      await Promise.all(Array.from({ length: Math.min(left, 500) }, one));
  };

  it('goes by what all servers have stored', async () => {
    const { here, there, say } = await twoServers({ capacity: 6, isFair: true });
    await say(here, 'quiet', 1);
    for (const text of ['1', '2', '3', '4', '5', '6', '7']) await say(text < '5' ? here : there, text, 2);
    await say(there, 'another', 3);
    expect(texts(await here.list(1))).toEqual(['quiet']);
    expect(texts(await here.list(2))).toEqual(['4', '5', '6', '7']);
    expect(texts(await here.list(3))).toEqual(['another']);
  });

  it('finds out how much each room holds when fairness is turned on, 1000 messages at a time', async () => {
    const {
      here: fair,
      other: plain,
      say,
    } = await twoServers({ capacity: 2505, isFair: true, ttlMs: 60_000 });
    await fill(5, () => say(plain, 'quiet', 1));
    await fill(1000, () => say(plain, 'old', 2));
    await fill(1500, () => say(plain, 'newer, and more', 3));
    for (let count = 0; count < 200; count += 1) await say(fair, 'new', 4); // a call of the script for each
    const held = await Promise.all([1, 2, 3, 4].map(async (room) => (await fair.list(room)).length));
    // At the first message, room 2 is the largest of those known.
    expect(held).toEqual([5, 999, 1301, 200]);
  });

  it('notices what was stored while fairness was off', async () => {
    const { here: fair, other: plain, say } = await twoServers({ capacity: 6, isFair: true });
    for (const text of ['a', 'b', 'c']) await say(fair, text, 1);
    await say(fair, 'quiet', 2);
    for (const text of ['1', '2', '3', '4', '5']) await say(plain, text, 3);
    expect(texts(await plain.list(2))).toEqual(['quiet']);
    await say(fair, 'new', 1);
    await say(fair, 'newer', 1);
    expect(texts(await fair.list(1))).toEqual(['new', 'newer']);
    expect(texts(await fair.list(2))).toEqual(['quiet']);
    expect(texts(await fair.list(3))).toEqual(['3', '4', '5']);
  });

  it('notices what expired while fairness was off', async () => {
    const { clock, here: fair, other: plain, say } = await twoServers({ capacity: 9, isFair: true });
    for (let count = 0; count < 6; count += 1) await say(fair, 'brief', 1);
    clock.advance(500);
    for (const text of ['1', '2', '3']) await say(fair, text, 2);
    clock.advance(500);
    expect(await plain.list(1)).toEqual([]);
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await say(fair, text, 3);
    expect(texts(await fair.list(2))).toEqual(['1', '2', '3']);
    expect(texts(await fair.list(3))).toEqual(['b', 'c', 'd', 'e', 'f', 'g']);
    expect(fair.size()).toBe(9);
  });

  it('evicts what a room holds, although the ring has lost some of it', async () => {
    const { commands, prefix, here, say } = await twoServers({ capacity: 5, isFair: true });
    await say(here, 'quiet', 3);
    const { id } = await say(here, 'lost', 1);
    for (const text of ['1', '2', '3']) await say(here, text, 1);
    await commands.xdel(`${prefix}ring`, id);
    await say(here, 'another', 2);
    await say(here, 'and another', 2);
    expect(texts(await here.list(1))).toEqual(['2', '3']);
    expect(texts(await here.list(2))).toEqual(['another', 'and another']);
    expect(texts(await here.list(3))).toEqual(['quiet']);
  });

  it.each(['ring:ranks', 'ring:places'])(
    'finds out anew how much each room holds when the key %s is lost',
    async (key) => {
      const { commands, prefix, here, say } = await twoServers({ capacity: 4, isFair: true });
      await say(here, 'quiet', 1);
      for (const text of ['1', '2', '3']) await say(here, text, 2);
      await commands.unlink(prefix + key);
      await say(here, 'another', 3);
      expect(texts(await here.list(1))).toEqual(['quiet']);
      expect(texts(await here.list(2))).toEqual(['2', '3']);
      expect(await commands.zcard(`${prefix}ring:ranks`)).toBe(3);
    },
  );
});

it.each([false, true])('in Redis: hides no gap, however little it remembers (fair: %s)', async (isFair) => {
  await checkAgainstArrays(opener(1), { forgetful: true, isFair });
});

it('in Redis: reads a small room as fast beside a large one', async () => {
  const link = await freshRedis();
  const { commands } = link;
  const store = createRedisRoomMessageStore(link, {
    limits: { capacity: 50_000, ttlMs: 600_000 },
    clock: fakeClock(),
    identities,
  });
  const say = (roomId: number) => store.append({ roomId, username: 'ada', text: 'hi' });
  await say(1);
  for (let done = 0; done < 20_000; done += 500) await Promise.all(Array.from({ length: 500 }, () => say(2)));
  await say(1);
  // What a read costs Redis is counted in the commands of the script, not in a time that others disturb.
  const before = await callsOf(commands);
  expect(await store.list(1)).toHaveLength(2);
  expect((await callsOf(commands)) - before).toBeLessThan(20);
});

async function callsOf(commands: Awaited<ReturnType<typeof freshRedis>>['commands']): Promise<number> {
  const info = await commands.info('commandstats');
  const calls = ['xrange', 'zrangebylex'].map((name) =>
    Number(new RegExp(`^cmdstat_${name}:calls=(\\d+)`, 'm').exec(info)?.[1] ?? 0),
  );
  return calls.reduce((sum, count) => sum + count, 0);
}
