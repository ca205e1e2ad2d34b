import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/server/clock.ts';
import { createMemoryRoomMessageStore } from '../../src/server/stores/memory-room-message-store.ts';
import { roomMessageSnapshot } from '../../src/server/stores/room-message-snapshot.ts';
import {
  compareMessageIds,
  messageId,
  type RoomMessageLimits,
  type RoomMessageStore,
} from '../../src/server/stores/room-message-store.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { describeRoomMessageStore } from './room-message-store.contract.ts';
import { checkAgainstArrays } from './room-message-store.model.ts';

describeRoomMessageStore('in memory', (limits, clock) => createMemoryRoomMessageStore(limits, clock));

/** Ends after each use, and goes on from what it has left. */
function openRestarting(limits: RoomMessageLimits, clock: Clock): RoomMessageStore {
  let store = createMemoryRoomMessageStore(limits, clock);
  function restarted() {
    const left = roomMessageSnapshot.parse(JSON.parse(JSON.stringify(store.snapshot())));
    store = createMemoryRoomMessageStore(limits, clock, undefined, left);
    return store;
  }
  return {
    append: (draft) => restarted().append(draft),
    list: (roomId, after) => restarted().list(roomId, after),
    since: (roomId, after) => restarted().since(roomId, after),
    newestId: () => restarted().newestId(),
    forgetRoom: (roomId) => restarted().forgetRoom(roomId),
    size: () => restarted().size(),
  };
}

describeRoomMessageStore('in memory, restarted all the time', openRestarting);

describe('in memory: what it cannot know', () => {
  function setup({ capacity = 100, silences = 2 } = {}) {
    const clock = fakeClock();
    const store = createMemoryRoomMessageStore({ capacity, ttlMs: 1000 }, clock, silences);
    const say = async (roomId: number) => (await store.append({ roomId, username: 'ada', text: 'hi' })).id;
    const hasGap = async (roomId: number, after: string) => (await store.since(roomId, after)).gap;
    return { clock, store, say, hasGap };
  }

  it('reports a gap after anything older than itself, in a room new to it or not', async () => {
    const { clock, say, hasGap } = setup();
    await say(1);
    const beforeStart = `${clock() - 1}-5`;
    expect([await hasGap(1, beforeStart), await hasGap(2, beforeStart)]).toEqual([true, true]);
    const atStart = `${clock()}-0`;
    expect([await hasGap(1, atStart), await hasGap(2, atStart)]).toEqual([false, false]);
  });

  it('starts no id before its own start, even if the clock was set back at once', async () => {
    const { clock, say, hasGap } = setup();
    clock.advance(-5000);
    expect(await hasGap(1, await say(1))).toBe(false);
  });

  it('remembers what a room lost when others fell silent after it, but not for ever', async () => {
    const { say, hasGap } = setup({ capacity: 1, silences: 2 });
    const id = await say(1);
    await say(2);
    await say(3);
    expect(await hasGap(1, id)).toBe(false);
    const seen = await say(4);
    expect(await hasGap(1, id)).toBe(false);
    await say(5);
    // Room 1 and then room 2 have left the record: with them, and with rooms never heard of, it is in doubt.
    expect(await Promise.all([1, 2, 9].map((roomId) => hasGap(roomId, id)))).toEqual([true, true, true]);
    expect(await Promise.all([1, 2, 9].map((roomId) => hasGap(roomId, seen)))).toEqual([false, false, false]);
  });

  it('stays in doubt about a room that speaks again after it left the record', async () => {
    const { say, hasGap } = setup({ capacity: 2, silences: 1 });
    const seen = await say(1);
    for (const roomId of [1, 2, 2, 3, 3, 1]) await say(roomId);
    expect(await hasGap(1, seen)).toBe(true);
  });

  it('stays exact about a room that spoke again in time', async () => {
    const { say, hasGap } = setup({ capacity: 1, silences: 2 });
    await say(1);
    await say(2);
    const seen = await say(1);
    for (const roomId of [3, 4]) await say(roomId);
    expect(await hasGap(1, seen)).toBe(false);
  });

  it('hides no gap however little it remembers', async () => {
    await checkAgainstArrays((limits, clock) => createMemoryRoomMessageStore(limits, clock, 1), {
      forgetful: true,
    });
  });

  it('counts no message whose time is up, though nobody came to read', async () => {
    const { clock, store, say } = setup();
    await say(1);
    clock.advance(1000);
    expect(store.size()).toBe(0);
  });
});

describe('in memory: letting go', () => {
  it.each<[string, (store: RoomMessageStore) => unknown]>([
    ['written to', (store) => store.append({ roomId: 2, username: 'ada', text: 'hi' })],
    ['read', (store) => store.list(2)],
  ])('keeps no expired message in memory once another room is %s', async (_, touch) => {
    const clock = fakeClock();
    const store = createMemoryRoomMessageStore({ capacity: 9, ttlMs: 1000 }, clock);
    const message = new WeakRef(await store.append({ roomId: 1, username: 'ada', text: 'hi' }));
    clock.advance(1000);
    await touch(store);
    await collectGarbage();
    expect(message.deref()).toBeUndefined();
    expect(store.size()).toBeLessThan(2);
  });
});

describe('message ids', () => {
  it('sort by time and then by number, not as text', () => {
    const sorted = ['9-9', '10-0', '10-9', '10-10', '100-1'];
    expect([...sorted].reverse().sort(compareMessageIds)).toEqual(sorted);
    expect(compareMessageIds('10-1', '10-1')).toBe(0);
  });

  it.each([
    '',
    '1',
    '1-',
    '-1',
    '1-2-3',
    '1-2\n',
    ' 1-2',
    '1.5-0',
    '0x1-0',
    '1234567890123456-0',
    '0-1234567890123456',
  ])('are refused when malformed or too long to compare: %j', (id) => {
    expect(messageId.safeParse(id).success).toBe(false);
  });

  it('are accepted up to the longest that numbers hold exactly', () => {
    expect(messageId.safeParse('999999999999999-999999999999999').success).toBe(true);
  });
});
