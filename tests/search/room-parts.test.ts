import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { parseQuery } from '../../src/server/core/search/query.ts';
import { createSqliteRoomSearchIndex } from '../../src/server/infra/search/sqlite-room-search-index.ts';
import { highestId, keptRoomTexts } from '../../src/server/services/rooms/room-texts.ts';
import { foundTexts, SearchWork } from '../../src/server/services/shared/found-texts.ts';
import { startMirage } from '../support/harness.ts';
import { seedKept } from '../support/kept-messages.ts';

/** Not below what is indexed at a time, as a batch is not divided. */
const partSize = 200;

/** A kept room with these messages, all indexed in small parts but for the last ones. */
async function startWithParts(texts: string[], unindexed: string[] = [], partsAtOnce = 1) {
  const { deps, user } = await startMirage();
  const alice = await user('alice');
  const { id: roomId } = await alice.client.chat.createRoom.mutate({ name: 'log', history: 'kept' });
  const index = createSqliteRoomSearchIndex(deps.sql, partSize);
  const add = (some: string[]) =>
    seedKept(deps, { roomId, count: some.length, text: (index) => some[index] ?? '' });
  await add(texts);
  while ((await index.advance(roomId)) === 'more');
  if (unindexed.length > 0) await add(unindexed);
  const find = vi.fn(index.find);
  const roomSearch = { ...deps.roomSearch, parts: index.parts, partsAtOnce, find };
  const source = keptRoomTexts({ keptMessages: deps.keptMessages, roomSearch }, roomId, { sliceSize: 10 });

  /** What a search finds, and about how many parts it has asked the index, each time. */
  async function search(query: string) {
    find.mockClear();
    const work = new SearchWork(parseQuery(query) ?? expect.fail(), { maxLookedAt: 1e6 });
    const found: string[] = [];
    for await (const slice of foundTexts(source, work, highestId))
      found.push(...slice.found.map(({ text }) => text));
    return { found, asked: find.mock.calls.map(([parts]) => parts.length) };
  }

  /** The texts that a scan finds, newest first. */
  async function scan(query: string) {
    const { terms } = parseQuery(query) ?? expect.fail();
    const rows = await deps.db.keptMessage.findMany({
      where: { roomId },
      orderBy: [{ ms: 'desc' }, { seq: 'desc' }],
    });
    return rows.map(({ text }) => text).filter((text) => terms.every((term) => text.includes(term)));
  }

  /** The newest are number 0. */
  const placeOf = async (number: number) => {
    const row = await deps.db.keptMessage.findFirstOrThrow({
      where: { roomId },
      orderBy: [{ ms: 'desc' }, { seq: 'desc' }],
      skip: number,
    });
    return { roomId, ms: row.ms, seq: row.seq };
  };
  return { deps, roomId, index, search, scan, placeOf };
}

const filler = (count: number, text = 'zzz') => Array.from({ length: count }, () => text);

// cspell:disable
it('asks once about each part for what no message has, however frequent its pieces are', async () => {
  // Each piece is in every message, and the whole in none.
  const { index, roomId, search } = await startWithParts(filler(1000, 'nectio ctionb onberv erver'));
  expect(await index.parts(roomId)).toHaveLength(5);
  expect(await search('nectionberver')).toEqual({ found: [], asked: [1, 1, 1, 1, 1] });
});
// cspell:enable

it('asks about more and more parts at once while it finds little, and about one where it finds much', async () => {
  const texts = [...filler(1000), ...filler(100, 'a needle'), ...filler(900)];
  const { search } = await startWithParts(texts, [], 4);
  expect(await search('nothing')).toEqual({ found: [], asked: [1, 2, 4, 3] });
  const { found, asked } = await search('needle');
  expect(found).toEqual(filler(100, 'a needle'));
  expect(asked).toEqual([1, 2, 4, ...Array.from({ length: 10 }, () => 1), 2, 2]);
});

it('reads messages rather than ask the index for one or two characters that many of them have', async () => {
  const { search } = await startWithParts([...filler(300, 'some'), 'so rare', ...filler(300, 'same')]);
  expect(await search('s')).toMatchObject({ found: { length: 601 }, asked: [] });
  expect(await search('s rare')).toEqual({ found: ['so rare'], asked: [1, 1, 1] });
});

it('asks the index for one or two characters that few messages have', async () => {
  const { search } = await startWithParts([...filler(300, 'some'), 'to q5', ...filler(300, 'same')]);
  expect(await search('q5')).toEqual({ found: ['to q5'], asked: [1, 1, 1] });
});

const words = [
  'connection',
  'disconnected',
  'reconnecting',
  'tea',
  'team',
  'at',
  'q',
  'q5',
  '北京',
  '我们去北京吃饭',
];
const text = fc
  .array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 })
  .map((some) => some.join(' '));

it('finds what a scan of all messages finds, in all parts, after edits and deletions', async () => {
  const old = fc.record({ number: fc.nat({ max: 850 }), text: fc.option(text) });
  const query = fc
    .tuple(text, fc.nat(12), fc.integer({ min: 1, max: 14 }))
    .map(([of, from, length]) => of.slice(from, from + length).trim())
    .filter((query) => query !== '' && parseQuery(query) !== undefined);
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 20, maxLength: 40 }),
      fc.array(old, { minLength: 5, maxLength: 20 }),
      fc.array(query, { minLength: 10, maxLength: 20 }),
      fc.constantFrom(1, 3),
      async (texts, changes, queries, partsAtOnce) => {
        const at = (number: number) => (number % 9 === 0 ? texts[(number / 9) % texts.length] : undefined);
        const all = Array.from({ length: 850 }, (_, number) => at(number) ?? 'zzz');
        const { deps, index, search, scan, placeOf } = await startWithParts(
          all,
          ['tea', 'connection'],
          partsAtOnce,
        );
        for (const { number, text } of changes) {
          const where = await placeOf(Math.min(number, 830));
          if (text === null) await deps.db.keptMessage.deleteMany({ where });
          else await deps.db.keptMessage.updateMany({ where, data: { text } });
        }
        while (await index.settle());
        for (const query of queries) expect((await search(query)).found, query).toEqual(await scan(query));
      },
    ),
    { numRuns: 4 },
  );
});
