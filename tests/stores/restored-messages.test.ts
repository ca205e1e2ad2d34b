import { expect, it } from 'vitest';
import { createMemoryRoomMessageStore } from '../../src/server/infra/stores/memory-room-message-store.ts';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { fakeClock } from '../support/fake-clock.ts';

/** A store that has been handed messages of these ages, in ms. */
function restored(ages: number[], capacity = 100) {
  const clock = fakeClock();
  const store = createMemoryRoomMessageStore({ capacity, ttlMs: 1000 }, clock);
  store.restore(
    ages.map((age) => ({ roomId: 1, username: 'anna', text: `${age}`, createdAt: new Date(clock() - age) })),
  );
  return { clock, store, texts: async () => (await store.list(1)).map(({ text }) => text) };
}

it('assigns restored messages ids in their order, below those of new messages', async () => {
  const { store } = restored([500, 300, 300, 0, -50]);
  const newest = await store.newestId();
  const next = await store.append({ roomId: 1, username: 'anna', text: 'next' });
  const ids = (await store.list(1)).map(({ id }) => id);
  expect(ids).toHaveLength(6);
  expect(ids).toEqual([...ids].sort(compareMessageIds));
  expect(new Set(ids).size).toBe(6);
  expect(newest).toBe(ids[4]);
  expect(next.id).toBe(ids[5]);
});

it('lets restored messages expire at their own time', async () => {
  const { clock, texts } = restored([900, 100]);
  clock.advance(99);
  expect(await texts()).toEqual(['900', '100']);
  clock.advance(1);
  expect(await texts()).toEqual(['100']);
});

it('holds no more than its capacity, and reports the gap before its start', async () => {
  const { store, texts } = restored([400, 300, 200], 2);
  expect(await texts()).toEqual(['300', '200']);
  expect(store.size()).toBe(2);
  expect((await store.since(1, '1-0')).gap).toBe(true);
  expect((await store.since(1, await store.newestId())).gap).toBe(false);
});
