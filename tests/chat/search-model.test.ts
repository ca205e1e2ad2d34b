import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isFound, parseQuery } from '../../src/server/core/search/query.ts';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { indexRoom, seedKept } from '../support/kept-messages.ts';
import { startPeople } from './people.ts';

const words = ['tea', 'team', 'Tée', 'steadily', 'unsteadily', 'cup', '北京', 'x'];
const text = fc
  .array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 })
  .map((some) => some.join(' '));
const number = fc.nat({ max: 1000 });
const room = fc.nat({ max: 3 });

type Step =
  | { do: 'send' | 'edit'; room: number; number: number; text: string }
  | { do: 'delete'; number: number }
  | { do: 'index' | 'bury' | 'leave' | 'join'; room: number }
  | { do: 'search'; query: string; room: number; everywhere: boolean; limit: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), room, number, text }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('edit' as const), room, number, text }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), number }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('index', 'bury', 'leave', 'join' as const), room }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        ...{ do: fc.constant('search' as const), room, everywhere: fc.boolean() },
        query: fc.constantFrom('tea', 'e', 'cup tea', '京', 'x', 'stead', 'steadily', '?'),
        limit: fc.integer({ min: 1, max: 4 }),
      }),
    },
  ),
  { minLength: 20, maxLength: 60 },
);

interface Known {
  id: string;
  room: number;
  text: string;
}

it('finds what a filter over all messages finds, whatever is sent, edited, deleted and indexed in between', async () => {
  const { chat, deps } = await startPeople({
    roomMessages: { capacity: 1000, ttlMs: 3_600_000 },
    maxPublicRooms: 1000,
    maxPerUser: { rooms: 1000, memberships: 1000, sessions: 100, tickets: 100, tokens: 50 },
  });
  let runs = 0;
  const run = async (buried: string[], taken: Step[]) => {
    runs += 1;
    const member = chat('member');
    const rooms: number[] = [];
    // The first one is ephemeral.
    for (const history of ['ephemeral', 'kept', 'kept', 'kept'] as const) {
      const name = `room ${rooms.length} of run ${runs}`;
      rooms.push((await chat('owner').createRoom.mutate({ name, history })).id);
      await member.joinRoom.mutate({ name });
    }
    const roomIdOf = (index: number) => rooms[index] ?? 0;
    const joined = new Set([0, 1, 2, 3]);
    let known: Known[] = [];
    const pick = (index: number) => {
      const kept = known.filter(({ room }) => room > 0);
      return kept[index % Math.max(1, kept.length)];
    };
    const where = ({ id, room }: Known) => {
      const [ms = 0n, seq = 0n] = id.split('-').map(BigInt);
      return { where: { roomId: roomIdOf(room), ms, seq } };
    };

    const search = async ({ query, room, everywhere, limit }: Extract<Step, { do: 'search' }>) => {
      const roomId = everywhere ? undefined : roomIdOf(room);
      const expected = known
        .filter((message) => joined.has(message.room) && (everywhere || message.room === room))
        .filter((message) => isFound(parseQuery(query) ?? expect.fail(), message.text))
        .sort((a, b) => compareMessageIds(b.id, a.id) || roomIdOf(b.room) - roomIdOf(a.room))
        .map(({ id, room, text }) => [id, roomIdOf(room), text]);
      const found: unknown[] = [];
      for (let cursor: string | null = null, page = 0; page === 0 || cursor !== null; page += 1) {
        const answer: Awaited<ReturnType<typeof member.search.query>> = await member.search.query({
          ...{ query, limit, cursor },
          ...(roomId !== undefined && { roomId }),
        });
        found.push(...answer.hits.map(({ message: { id, roomId, text } }) => [id, roomId, text]));
        cursor = answer.nextCursor;
      }
      expect(found).toEqual(expected);
    };

    const send = async (room: number, text: string) => {
      const { id } = await chat('owner').sendMessage.mutate({ roomId: roomIdOf(room), text });
      known.push({ id, room, text });
    };
    // As many as are read before the index is asked, and a few more in some rooms.
    const bury = (room: number) => seedKept(deps, { roomId: roomIdOf(room), count: 98 + room });

    for (const room of [1, 2, 3]) {
      for (const text of buried) await send(room, text);
      await bury(room);
      if (room > 1) await indexRoom(deps, roomIdOf(room));
    }
    for (const step of taken) {
      if (step.do === 'send') {
        await send(step.room, step.text);
      } else if (step.do === 'edit') {
        const edited = pick(step.number);
        if (!edited) continue;
        await deps.db.keptMessage.updateMany({ ...where(edited), data: { text: step.text } });
        edited.text = step.text;
        await deps.roomSearch.settle({ owner: roomIdOf(edited.room), id: edited.id });
      } else if (step.do === 'delete') {
        const deleted = pick(step.number);
        if (!deleted) continue;
        await deps.db.keptMessage.deleteMany(where(deleted));
        known = known.filter((message) => message !== deleted);
      } else if (step.do === 'index') await indexRoom(deps, roomIdOf(step.room));
      else if (step.do === 'bury') await bury(step.room || 1);
      else if (step.do === 'leave') {
        if (joined.delete(step.room)) await member.leaveRoom.mutate({ roomId: roomIdOf(step.room) });
      } else if (step.do === 'join') {
        joined.add(step.room);
        await member.joinRoom.mutate({ name: `room ${step.room} of run ${runs}` });
      } else if (step.do === 'search' && (step.everywhere || joined.has(step.room))) await search(step);
    }
    // Others are not searched any more.
    for (const index of joined) await member.leaveRoom.mutate({ roomId: roomIdOf(index) });
  };
  await fc.assert(fc.asyncProperty(fc.array(text, { minLength: 3, maxLength: 5 }), steps, run), {
    numRuns: 10,
  });
});
