import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FairRing } from '../../src/server/infra/stores/fair-ring.ts';

interface Item {
  roomId: number;
  text: string;
}

/** Removes the first item of the room that has the most, and of such rooms, the one whose item comes first. */
function takeFair(items: Item[]): Item | undefined {
  const sizeOf = (room: number) => items.filter(({ roomId }) => roomId === room).length;
  const sizes = items.map(({ roomId }) => sizeOf(roomId));
  return items.splice(sizes.indexOf(Math.max(...sizes)), 1)[0];
}

it('behaves as an array from which the room that has the most loses its oldest item', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 1, arbitrary: fc.record({ push: fc.constant(1) }) },
    { weight: 1, arbitrary: fc.constant('shift' as const) },
  );
  const steps = fc.array(step, { maxLength: 300, size: 'max' });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), steps, (capacity, taken) => {
      const ring = new FairRing<Item>(capacity);
      const items: Item[] = [];
      for (const [index, one] of taken.entries()) {
        if (one === 'shift') expect(ring.shift()).toBe(items.shift());
        else {
          const item = { roomId: one.push, text: `${index}` };
          items.push(item);
          expect(ring.push(item)).toBe(items.length > capacity ? takeFair(items) : undefined);
        }
        expect([ring.size, ring.oldest]).toEqual([items.length, items[0]]);
      }
      expect([...ring]).toEqual(items);
    }),
    { numRuns: 300 },
  );
});
