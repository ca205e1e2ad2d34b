import { describe, expect, it } from 'vitest';
import { createRedisRoomMessageStore } from '../../src/server/stores/redis-room-message-store.ts';
import { compareMessageIds } from '../../src/server/stores/room-message-store.ts';
import { describeRoomMessageStore } from '../stores/room-message-store.contract.ts';
import { checkAgainstArrays, type Open } from '../stores/room-message-store.model.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { freshRedis } from './support/services.ts';

/** Each store in a ring of its own, on one connection for the test. */
function opener(silences?: number): Open {
  let link: ReturnType<typeof freshRedis> | undefined;
  let rings = 0;
  return async (limits, clock) => {
    link ??= freshRedis();
    const { prefix, ...rest } = await link;
    rings += 1;
    return createRedisRoomMessageStore({ ...rest, prefix: `${prefix}${rings}:` }, limits, clock, silences);
  };
}

describeRoomMessageStore('in Redis', (limits, clock) => opener()(limits, clock));

describe('in Redis: one ring for many servers', () => {
  async function twoServers({ capacity = 100, ttlMs = 1000 } = {}) {
    const clock = fakeClock();
    const link = await freshRedis();
    const { prefix, commands } = link;
    const limits = { capacity, ttlMs };
    const here = createRedisRoomMessageStore(link, limits, clock);
    const there = createRedisRoomMessageStore({ ...(await freshRedis()), prefix }, limits, clock);
    const say = (store: typeof here, text: string, roomId = 1) =>
      store.append({ roomId, username: 'ada', text });
    return { clock, commands, prefix, here, there, say };
  }
  const texts = (messages: { text: string }[]) => messages.map(({ text }) => text);

  it('gives each what the others stored, in one order', async () => {
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

  it('counts capacity over all of them', async () => {
    const { here, there, say } = await twoServers({ capacity: 3 });
    for (const [index, store] of [here, there, here, there, here].entries())
      await say(store, String(index), (index % 2) + 1);
    expect(texts(await there.list(1))).toEqual(['2', '4']);
    expect(texts(await here.list(2))).toEqual(['3']);
  });

  it('ends the lifespan for all of them', async () => {
    const { clock, here, there, say } = await twoServers();
    await say(here, 'brief');
    clock.advance(1000);
    expect(await there.list(1)).toEqual([]);
    expect(there.size()).toBe(0);
  });

  it('leaves no key behind for rooms that have nothing', async () => {
    const { clock, commands, prefix, here, say } = await twoServers();
    for (let roomId = 1; roomId <= 50; roomId += 1) await say(here, 'brief', roomId);
    await here.forgetRoom(50);
    clock.advance(1000);
    await here.list(1);
    expect(await commands.keys(`${prefix}ring:room:*`)).toEqual([]);
  });

  it('gives the oldest first where there are more than asked for, and the rest after them', async () => {
    const { here, say } = await twoServers();
    for (const text of ['a', 'b', 'c', 'd']) await say(here, text);
    const first = await here.list(1, undefined, 2);
    expect(texts(first)).toEqual(['a', 'b']);
    const { messages, gap } = await here.since(1, first.at(-1)?.id ?? '', 1);
    expect([texts(messages), gap]).toEqual([['c'], false]);
  });

  it('doubts everything from before Redis lost it', async () => {
    const { commands, prefix, here, there, say } = await twoServers();
    const { id } = await say(here, 'lost');
    const isSameMs = async () => {
      const [seconds, micros] = await commands.time();
      return Number(seconds) * 1000 + Number(micros) / 1000 < Number(id.split('-')[0]) + 2;
    };
    while (await isSameMs()); // nobody restarts a Redis within a millisecond
    await commands.unlink(...(await commands.keys(`${prefix}*`)));
    expect(await there.since(1, id)).toEqual({ messages: [], gap: true });
    const next = await say(there, 'new');
    expect(compareMessageIds(id, next.id)).toBeLessThan(0);
    expect(texts((await here.since(1, id)).messages)).toEqual(['new']);
  });

  it('doubts everything from before Redis was restarted, as the last of it may be missing', async () => {
    const { commands, prefix, here, say } = await twoServers();
    const { id } = await say(here, 'held');
    await commands.hset(`${prefix}ring:meta`, 'run', 'an earlier one');
    expect(await here.since(1, '0-0')).toMatchObject({ messages: [{ text: 'held' }], gap: true });
    expect(await here.since(1, id)).toEqual({ messages: [], gap: true });
    const position = await here.newestId();
    expect(await here.since(1, position)).toEqual({ messages: [], gap: false });
  });
});

it('in Redis: hides no gap however little it remembers', async () => {
  await checkAgainstArrays(opener(1), { forgetful: true });
});

it('in Redis: reads a small room as fast beside a large one', async () => {
  const link = await freshRedis();
  const { commands } = link;
  const store = createRedisRoomMessageStore(link, { capacity: 50_000, ttlMs: 600_000 }, fakeClock());
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
