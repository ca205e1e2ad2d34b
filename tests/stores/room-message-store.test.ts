import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/server/core/clock.ts';
import { createMemoryRoomMessageStore } from '../../src/server/infra/stores/memory-room-message-store.ts';
import { roomMessageSnapshot } from '../../src/server/infra/stores/room-message-snapshot.ts';
import {
  compareMessageIds,
  messageId,
  type RoomMessageLimits,
  type RoomMessageStore,
} from '../../src/server/infra/stores/room-message-store.ts';
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
    store = createMemoryRoomMessageStore(limits, clock, { earlier: left });
    return store;
  }
  return {
    append: (draft) => restarted().append(draft),
    appendNamed: (draft) => restarted().appendNamed(draft),
    isDeleted: (sent) => restarted().isDeleted(sent),
    list: (roomId, after) => restarted().list(roomId, after),
    find: (roomId, id) => restarted().find(roomId, id),
    since: (roomId, after, limit) => restarted().since(roomId, after, limit),
    revise: (roomId, id, decide) => restarted().revise(roomId, id, decide),
    newestId: () => restarted().newestId(),
    forgetRoom: (roomId) => restarted().forgetRoom(roomId),
    size: () => restarted().size(),
  };
}

describeRoomMessageStore('in memory, restarted all the time', openRestarting);

describe('in memory: what it cannot know', () => {
  function setup({ capacity = 100, maxEmptyRooms = 2 } = {}) {
    const clock = fakeClock();
    const store = createMemoryRoomMessageStore({ capacity, ttlMs: 1000 }, clock, { maxEmptyRooms });
    const say = async (roomId: number) => (await store.append({ roomId, username: 'ada', text: 'hi' })).id;
    const hasGap = async (roomId: number, after: string) => (await store.since(roomId, after)).gap;
    return { clock, store, say, hasGap };
  }

  it('reports a gap after every position older than itself, in any room', async () => {
    const { clock, store, say, hasGap } = setup();
    await say(1);
    const beforeStart = `${clock() - 1}-5`;
    expect([await hasGap(1, beforeStart), await hasGap(2, beforeStart)]).toEqual([true, true]);
    const { newest } = store.snapshot();
    expect([await hasGap(1, newest), await hasGap(2, newest)]).toEqual([false, false]);
  });

  it('assigns no id before its start, even if the clock is set back at once', async () => {
    const { clock, say, hasGap } = setup();
    clock.advance(-5000);
    expect(await hasGap(1, await say(1))).toBe(false);
  });

  it('remembers the losses of a bounded number of emptied rooms', async () => {
    const { say, hasGap } = setup({ capacity: 1, maxEmptyRooms: 2 });
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

  it('reports a gap in a room that gets messages again after its record was dropped', async () => {
    const { say, hasGap } = setup({ capacity: 2, maxEmptyRooms: 1 });
    const seen = await say(1);
    for (const roomId of [1, 2, 2, 3, 3, 1]) await say(roomId);
    expect(await hasGap(1, seen)).toBe(true);
  });

  it('keeps its record of a room when another loses one message for the next', async () => {
    const { store, say, hasGap } = setup({ capacity: 1, maxEmptyRooms: 1 });
    const start = await store.newestId();
    for (const roomId of [1, 2, 2]) await say(roomId);
    expect(await Promise.all([1, 2, 9].map((roomId) => hasGap(roomId, start)))).toEqual([true, true, false]);
  });

  it('stays exact about a room that gets messages again in time', async () => {
    const { say, hasGap } = setup({ capacity: 1, maxEmptyRooms: 2 });
    await say(1);
    await say(2);
    const seen = await say(1);
    for (const roomId of [3, 4]) await say(roomId);
    expect(await hasGap(1, seen)).toBe(false);
  });

  it.each([false, true])('hides no gap, however little it remembers (fair: %s)', async (isFair) => {
    await checkAgainstArrays(
      (limits, clock) => createMemoryRoomMessageStore(limits, clock, { maxEmptyRooms: 1 }),
      { forgetful: true, isFair },
    );
  });

  it('does not count expired messages, even if nobody reads', async () => {
    const { clock, store, say } = setup();
    await say(1);
    clock.advance(1000);
    expect(store.size()).toBe(0);
  });
});

describe('in memory: from one rule of eviction to the other', () => {
  it.each([false, true])('goes on from what was left (fair at first: %s)', async (isFair) => {
    const clock = fakeClock();
    const limits = { capacity: 6, ttlMs: 60_000 };
    const first = createMemoryRoomMessageStore({ ...limits, isFair }, clock);
    const say = (store: RoomMessageStore, text: string, roomId: number) =>
      store.append({ roomId, username: 'ada', text });
    const { id: seen } = await say(first, 'quiet', 1);
    for (let count = 1; count <= 5; count += 1) await say(first, `${count}`, 2);
    const { id: lost } = await say(first, 'another', 3);

    const earlier = roomMessageSnapshot.parse(JSON.parse(JSON.stringify(first.snapshot())));
    const next = createMemoryRoomMessageStore({ ...limits, isFair: !isFair }, clock, { earlier });
    const heard = async (roomId: number) => (await next.list(roomId)).map(({ text }) => text);
    const gaps = () => Promise.all([1, 2, 3].map(async (roomId) => (await next.since(roomId, seen)).gap));
    const held = isFair
      ? [['quiet'], ['2', '3', '4', '5'], ['another']]
      : [[], ['1', '2', '3', '4', '5'], ['another']];
    expect(await Promise.all([1, 2, 3].map(heard))).toEqual(held);
    expect(await gaps()).toEqual([false, isFair, false]);

    for (const text of ['6', '7', '8']) await say(next, text, 2);
    expect(await Promise.all([1, 2, 3].map(heard))).toEqual([[], ['4', '5', '6', '7', '8'], ['another']]);
    expect(await gaps()).toEqual([false, true, false]);
    expect((await next.since(3, lost)).gap).toBe(false);
  });
});

describe('in memory: letting go', () => {
  it.each<[string, (store: RoomMessageStore) => unknown]>([
    ['written to', (store) => store.append({ roomId: 2, username: 'ada', text: 'hi' })],
    ['read', (store) => store.list(2)],
  ])('keeps no expired message in memory once another room is %s', async (_, touch) => {
    for (const isFair of [false, true]) {
      const clock = fakeClock();
      const store = createMemoryRoomMessageStore({ capacity: 9, ttlMs: 1000, isFair }, clock);
      const message = new WeakRef(await store.append({ roomId: 1, username: 'ada', text: 'hi' }));
      clock.advance(1000);
      await touch(store);
      await collectGarbage();
      expect(message.deref()).toBeUndefined();
      expect(store.size()).toBeLessThan(2);
    }
  });

  it('keeps no message in memory that its busy room has pushed out', async () => {
    const limits = { capacity: 9, ttlMs: 60_000, isFair: true };
    const store = createMemoryRoomMessageStore(limits, fakeClock());
    const say = (roomId: number) => store.append({ roomId, username: 'ada', text: 'hi' });
    await say(1);
    const message = new WeakRef(await say(2));
    for (let count = 0; count < 8; count += 1) await say(2);
    await collectGarbage();
    expect(message.deref()).toBeUndefined();
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
