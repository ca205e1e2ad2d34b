import { getHeapStatistics } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingBuffer } from '../../src/server/infra/stores/ring-buffer.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

async function usedBytes(): Promise<number> {
  await collectGarbage();
  return getHeapStatistics().used_heap_size;
}

function filled(capacity: number, items: number): RingBuffer<number> {
  const buffer = new RingBuffer<number>(capacity);
  for (let item = 0; item < items; item += 1) buffer.push(item);
  return buffer;
}

describe('a ring buffer', () => {
  it('returns items in the order of insertion', () => {
    expect([...filled(10, 3)]).toEqual([0, 1, 2]);
  });

  it('evicts and returns the oldest item when full', () => {
    const buffer = filled(3, 2);
    expect(buffer.push(2)).toBeUndefined();
    expect(buffer.push(3)).toBe(0);
    expect([...buffer]).toEqual([1, 2, 3]);
  });

  it('returns nothing while empty', () => {
    const buffer = filled(3, 0);
    expect([buffer.size, buffer.oldest, buffer.newest, buffer.shift(), buffer.at(0)]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses a capacity of %d', (capacity) => {
    expect(() => new RingBuffer(capacity)).toThrow(RangeError);
  });

  it('behaves as an array cut to its capacity', () => {
    // Runs of one kind, so that buffers grow and shrink as well as wobble.
    const run = fc.record({ grow: fc.boolean(), times: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.array(run, { maxLength: 12, size: 'max' }),
        (capacity, runs) => {
          const buffer = new RingBuffer<number>(capacity);
          const model: number[] = [];
          let next = 0;
          for (const { grow, times } of runs) {
            for (let time = 0; time < times; time += 1) {
              if (!grow) expect(buffer.shift()).toBe(model.shift());
              else {
                const dropped = model.length === capacity ? model.shift() : undefined;
                model.push(next);
                expect(buffer.push(next)).toBe(dropped);
                next += 1;
              }
              expect([buffer.size, buffer.oldest, buffer.newest]).toEqual([
                model.length,
                model[0],
                model[model.length - 1],
              ]);
            }
            expect([...buffer]).toEqual(model);
            for (let index = -2; index < capacity + 2; index += 1)
              expect(buffer.at(index)).toBe(model[index]);
          }
        },
      ),
    );
  });

  it('allocates little before use, whatever its capacity', async () => {
    const before = await usedBytes();
    const buffers = Array.from({ length: 1000 }, () => filled(100_000, 1));
    expect((await usedBytes()) - before).toBeLessThan(1_000_000);
    expect(buffers).toHaveLength(1000);
  });

  it('uses no more memory than its capacity requires, however many items pass through', async () => {
    const before = await usedBytes();
    const buffer = filled(1_100_000, 3_500_000);
    expect((await usedBytes()) - before).toBeLessThan(10_000_000);
    expect(buffer.size).toBe(1_100_000);
  });

  it('releases memory as it empties', async () => {
    const buffer = filled(1_000_000, 1_000_000);
    const full = await usedBytes();
    while (buffer.size > 1) buffer.shift();
    expect(full - (await usedBytes())).toBeGreaterThan(7_000_000);
    expect(buffer.oldest).toBe(999_999);
  });

  it.each([
    ['shifted out', (buffer: RingBuffer<object>) => void buffer.shift()],
    ['pushed out', (buffer: RingBuffer<object>) => void buffer.push({})],
  ])('lets go of an item that was %s', async (_, dropOne) => {
    const buffer = new RingBuffer<object>(2);
    const remember = () => {
      const item = {};
      buffer.push(item);
      return new WeakRef(item);
    };
    const [first, second] = [remember(), remember()];
    dropOne(buffer);
    await collectGarbage();
    expect([first.deref() === undefined, second.deref() === undefined]).toEqual([true, false]);
    expect(buffer.size).toBeGreaterThan(0);
  });
});
