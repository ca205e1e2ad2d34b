import { expect, it } from 'vitest';
import { createMessageIds } from '../../src/server/infra/stores/message-ids.ts';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { fakeClock } from '../support/fake-clock.ts';

const hourMs = 3_600_000;

it('assigns increasing ids, whatever the clock does', () => {
  const clock = fakeClock();
  const ids = createMessageIds(clock);
  const given = [0, 1, -hourMs, 5, hourMs * 2, -1].map((step) => {
    clock.advance(step);
    return ids.next(clock());
  });
  expect(given).toEqual([...given].sort(compareMessageIds));
  expect(new Set(given).size).toBe(given.length);
  expect(ids.newest).toBe(given.at(-1));
});

it('starts above the ids of earlier runs although the clock was set back', () => {
  const clock = fakeClock();
  const previous = createMessageIds(clock).next(clock() + 5);
  clock.advance(-hourMs);
  const ids = createMessageIds(clock, previous);
  expect(ids.newest).toBe(previous);
  expect(compareMessageIds(ids.next(clock()), previous)).toBeGreaterThan(0);
});

it('tells positions of other runs from its own', () => {
  const clock = fakeClock();
  const previous = `${clock() - 1000}-3`;
  const ids = createMessageIds(clock, previous);
  expect(ids.isForeign(previous)).toBe(false);
  expect(ids.isForeign(`${clock() - 5000}-0`)).toBe(false); // older than the end of the run before
  expect(ids.isForeign(`${clock() - 500}-0`)).toBe(true);
  const own = ids.next(clock());
  expect(ids.isForeign(own)).toBe(false);
  expect(ids.isForeign(`${clock() - 500}-0`)).toBe(true);
  expect(ids.isForeign(`${clock() + 1}-0`)).toBe(true);
});

it('reserves ids before they are assigned, early enough that no caller waits', async () => {
  const clock = fakeClock();
  const reserved: number[] = [];
  const ids = createMessageIds(clock, undefined, async (untilMs) => void reserved.push(untilMs));
  await ids.reserved(clock());
  expect(reserved).toHaveLength(1);
  for (let minute = 0; minute < 60; minute += 1) {
    clock.advance(60_000);
    expect(ids.reserved(clock())).toBeUndefined();
    await Promise.resolve();
    const [ms = ''] = ids.next(clock()).split('-');
    expect(Number(ms)).toBeLessThanOrEqual(reserved.at(-1) ?? 0);
  }
  expect(reserved.length).toBeLessThan(20);
});

it('continues while it cannot reserve ids, and tries again later', async () => {
  const clock = fakeClock();
  let attempts = 0;
  const ids = createMessageIds(clock, undefined, async () => {
    attempts += 1;
    throw new Error('away');
  });
  await ids.reserved(clock());
  expect(ids.reserved(clock())).toBeUndefined();
  expect(attempts).toBe(1);
  clock.advance(30_001);
  await ids.reserved(clock());
  expect(attempts).toBe(2);
});
