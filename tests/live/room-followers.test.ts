import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RoomFollowers } from '../../src/server/infra/live/room-followers.ts';

const users = ['alice', 'bob', 'carol'];
const user = fc.constantFrom(...users);
const roomId = fc.integer({ min: 1, max: 6 });
const ms = fc.integer({ min: 0, max: 3 });

const step = fc.oneof(
  fc.record({ do: fc.constant('open' as const), user }),
  fc.record({ do: fc.constant('close' as const), user }),
  fc.record({ do: fc.constant('set' as const), user, roomId, ms }),
  fc.record({ do: fc.constant('delete' as const), user, roomId }),
  fc.record({ do: fc.constant('replace' as const), user, rooms: fc.uniqueArray(roomId) }),
);

it('agrees with maps, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const followers = new RoomFollowers();
      const model = new Map<string, { open: number; rooms: Map<number, number> }>();
      for (const taken of steps) {
        const known = model.get(taken.user);
        if (taken.do === 'open') {
          followers.count(taken.user, 1);
          model.set(taken.user, { open: (known?.open ?? 0) + 1, rooms: known?.rooms ?? new Map() });
        } else if (!known) continue;
        else if (taken.do === 'close') {
          followers.count(taken.user, -1);
          known.open -= 1;
          if (known.open === 0) model.delete(taken.user);
        } else if (taken.do === 'set') {
          followers.set(taken.user, taken.roomId, { ms: taken.ms, seq: 1 });
          known.rooms.set(taken.roomId, taken.ms);
        } else if (taken.do === 'delete')
          expect(followers.delete(taken.user, taken.roomId)).toBe(known.rooms.delete(taken.roomId));
        else {
          followers.replace(taken.user, new Map(taken.rooms.map((id) => [id, { ms: id, seq: 1 }])));
          known.rooms = new Map(taken.rooms.map((id) => [id, id]));
        }
      }
      for (let id = 1; id <= 6; id += 1) {
        const expected = users.filter((name) => model.get(name)?.rooms.has(id));
        expect(followers.of(id).sort()).toEqual(expected);
        expect(followers.has(id)).toBe(expected.length > 0);
        for (const name of users) expect(followers.mark(name, id)?.ms).toBe(model.get(name)?.rooms.get(id));
      }
      expect([...followers.usernames].sort()).toEqual([...model.keys()].sort());
    }),
    { numRuns: 300 },
  );
});
