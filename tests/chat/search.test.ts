import { describe, expect, it } from 'vitest';
import { bury, seedKept } from '../support/kept-messages.ts';
import { outcomes, refusal } from '../support/refusal.ts';
import { answersOf, expected, texts } from '../support/searches.ts';
import { type Chat, insiders, type Person, startPeople } from './people.ts';

type Input = Parameters<Chat['search']['query']>[0];

const searchIn = async (chat: Chat, input: Input) =>
  (await chat.search.query(input)).hits.map(({ message }) => message.text);

/** All pages, and how many there are. */
async function pagesOf(chat: Chat, input: Input) {
  const found: string[] = [];
  let pages = 0;
  for (let cursor: string | null = null; pages === 0 || cursor !== null; pages += 1) {
    const page: Awaited<ReturnType<Chat['search']['query']>> = await chat.search.query({ ...input, cursor });
    found.push(...page.hits.map(({ message }) => message.text));
    cursor = page.nextCursor;
  }
  return { found, pages };
}

async function start(history?: 'kept', settings: Parameters<typeof startPeople>[0] = {}) {
  const people = await startPeople(settings, undefined, history);
  const { chat, roomId } = people;
  const say = async (text: string, id = roomId) =>
    (await chat('member').sendMessage.mutate({ roomId: id, text })).id;
  const found = (query: string, person: Person = 'member') => searchIn(chat(person), { query, roomId });
  const foundAnywhere = (query: string, person: Person = 'member') => searchIn(chat(person), { query });
  const edit = (id: string, text: string) => chat('member').editMessage.mutate({ roomId, id, text });
  const remove = (id: string) => chat('member').deleteMessage.mutate({ roomId, id });
  return { ...people, say, found, foundAnywhere, edit, remove };
}

describe.each(['ephemeral', 'kept'] as const)('chat.search in %s rooms', (history) => {
  const startRoom = () => start(history === 'kept' ? history : undefined);

  it('is for those who are in the room', async () => {
    const { askAll, chat, client, roomId, say } = await startRoom();
    await say('a secret');
    const search = async (chat: Chat, input: Input) => {
      const texts = await searchIn(chat, input);
      if (texts.length === 0) throw new Error('finds nothing');
    };
    expect(await askAll((chat) => search(chat, { query: 'secret', roomId }))).toEqual(
      insiders('ok', 'ok', 'ok'),
    );
    const finders: string[] = [];
    await askAll(async (chat, person) => {
      if ((await searchIn(chat, { query: 'secret' })).length > 0) finders.push(person);
    });
    expect(finders).toEqual(['owner', 'moderator', 'member']);
    const nobody = client().chat;
    expect(
      await outcomes([
        nobody.search.query({ query: 'secret', roomId }),
        nobody.search.query({ query: 'secret' }),
        chat('owner').search.query({ query: 'secret', roomId: roomId + 1 }),
      ]),
    ).toEqual(['UNAUTHORIZED', 'UNAUTHORIZED', 'NOT_A_MEMBER']);
  });

  it('finds nothing of a room from the moment on that one leaves it, or that it is deleted', async () => {
    const { chat, found, foundAnywhere, roomId, say } = await startRoom();
    await say('a secret');
    expect(await foundAnywhere('secret', 'moderator')).toEqual(['a secret']);
    await chat('moderator').leaveRoom.mutate({ roomId });
    expect(await foundAnywhere('secret', 'moderator')).toEqual([]);
    await expect(found('secret', 'moderator')).rejects.toMatchObject(refusal('NOT_A_MEMBER'));
    await chat('owner').deleteRoom.mutate({ roomId });
    expect(await foundAnywhere('secret')).toEqual([]);
    await expect(found('secret')).rejects.toMatchObject(refusal('NOT_A_MEMBER'));
  });

  it('finds words and parts of words in any script, and takes everything else as text', async () => {
    const { found, foundAnywhere, say } = await startRoom();
    for (const text of texts) await say(text);
    expect(await answersOf(found)).toEqual(expected);
    expect(await answersOf(foundAnywhere)).toEqual(expected);
  });

  it('gives messages as the history does, with the places of what was found', async () => {
    const { chat, roomId, say } = await startRoom();
    const quoted = await say('what is it?');
    const sent = { roomId, text: '🙂 Café, cafe for @owner', replyTo: quoted, clientId: 'mine' };
    await chat('member').sendMessage.mutate(sent);
    for (const person of ['member', 'owner'] as const) {
      const { messages } = await chat(person).history.query({ roomId, limit: 1 });
      expect(messages[0]).toMatchObject({ mentions: ['owner'], replyTo: { text: 'what is it?' } });
      expect(messages[0]?.clientId).toBe(person === 'member' ? 'mine' : undefined);
      const ranges = [
        [3, 7],
        [9, 13],
      ];
      for (const input of [{ query: 'cafe', roomId }, { query: 'cafe' }])
        expect(await chat(person).search.query(input)).toEqual({
          hits: [{ message: messages[0], ranges }],
          nextCursor: null,
        });
    }
  });

  it('gives every hit once, page by page, while messages arrive', async () => {
    const { chat, roomId, say } = await startRoom();
    for (let turn = 0; turn < 12; turn += 1) await say(`turn ${turn}`);
    const all: string[] = [];
    for (let cursor: string | null = null, page = 0; page === 0 || cursor !== null; page += 1) {
      const { hits, nextCursor }: Awaited<ReturnType<Chat['search']['query']>> = await chat(
        'owner',
      ).search.query({ query: 'turn', roomId, limit: 5, cursor });
      expect(hits).toHaveLength(page < 2 ? 5 : 2);
      all.push(...hits.map(({ message }) => message.text));
      cursor = nextCursor;
      await say('another turn');
    }
    expect(all).toEqual(Array.from({ length: 12 }, (_, index) => `turn ${11 - index}`));
  });

  it('refuses what cannot be looked for', async () => {
    const { chat, found, roomId } = await startRoom();
    const inputs: Input[] = [
      ...['', '   ', '\u200b', 'x'.repeat(201)].map((query) => ({ query })),
      ...['nonsense', '5', '1-0.', '1-0.x'].map((cursor) => ({ query: 'x', cursor })),
      ...[0, 101].map((limit) => ({ query: 'x', limit })),
    ];
    for (const input of inputs)
      await expect(chat('member').search.query({ ...input, roomId })).rejects.toMatchObject(
        refusal('INVALID_INPUT'),
      );
    expect(await found('x'.repeat(200))).toEqual([]);
  });

  it('finds a message by its present text, and no system message', async () => {
    const { chat, roomId, found, edit, say } = await start(history === 'kept' ? history : undefined, {
      systemMessages: 'all',
    });
    await chat('owner').updateRoom.mutate({ roomId, topic: 'wording' });
    const id = await say('the original wording');
    expect(await found('wording')).toEqual(['the original wording']);
    await edit(id, 'the corrected phrase');
    expect([await found('wording'), await found('phrase')]).toEqual([[], ['the corrected phrase']]);
  });

  it('keeps pages of long messages below the size of an answer', async () => {
    const { chat, roomId, say } = await startRoom();
    for (let number = 0; number < 30; number += 1) await say(`needle ${'語'.repeat(16_000)}`);
    const page = await chat('owner').search.query({ query: 'needle 語', roomId, limit: 100 });
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(1_000_000);
    expect(page.hits.length).toBeGreaterThan(10);
    const { found, pages } = await pagesOf(chat('owner'), { query: 'needle 語', limit: 100 });
    expect([found.length, pages]).toEqual([30, 2]);
  });
});

describe('chat.search', () => {
  it('finds the same in an index as without one', async () => {
    const { deps, found, foundAnywhere, roomId, say } = await start('kept');
    for (const text of texts) await say(text);
    await bury(deps, roomId);
    expect((await deps.roomSearch.parts(roomId))[0]?.readyId).toBe(await deps.keptMessages.newestId());
    expect(await answersOf(found)).toEqual(expected);
    expect(await answersOf(foundAnywhere)).toEqual(expected);
  });

  it.each([[0], [5200]])(
    'finds an edited message by its present text, and a deleted one not at all, below %i others',
    async (count) => {
      const { deps, edit, found, remove, roomId, say } = await start('kept');
      const [edited, deleted] = [await say('the original wording'), await say('the regretted wording')];
      if (count > 0) await bury(deps, roomId, count);
      expect(await found('wording')).toHaveLength(2);
      await edit(edited, 'the corrected phrase');
      await remove(deleted);
      expect(await found('wording')).toEqual([]);
      expect(await found('corrected')).toEqual(['the corrected phrase']);
      await edit(edited, 'the final version');
      expect([await found('corrected'), await found('final vers')]).toEqual([[], ['the final version']]);
      expect(await deps.db.roomSearchRemoval.count()).toBe(0);
    },
  );

  it.each([[0], [5200]])('finds nothing that has expired, swept or not, below %i others', async (count) => {
    const { chat, clock, deps, found, foundAnywhere, roomId, say } = await start('kept');
    await chat('owner').updateRoom.mutate({ roomId, lifespanSeconds: 60 });
    await say('the old needle');
    clock.advance(30_000);
    await say('the new needle');
    if (count > 0) await bury(deps, roomId, count);
    expect(await found('needle')).toEqual(['the new needle', 'the old needle']);
    clock.advance(30_000);
    expect([await found('needle'), await foundAnywhere('needle')]).toEqual([
      ['the new needle'],
      ['the new needle'],
    ]);
    await deps.keptMessages.sweep();
    await deps.roomSearch.settle();
    expect(await found('needle')).toEqual(['the new needle']);
  });

  it('goes through all rooms at once, newest first, and through nobody else’s', async () => {
    const { chat, clock, deps, foundAnywhere, roomId, say } = await start('kept');
    const rooms = [roomId];
    for (const [name, history] of [
      ['ring', 'ephemeral'],
      ['log', 'kept'],
      ['empty', 'kept'],
    ] as const)
      rooms.push((await chat('member').createRoom.mutate({ name, history })).id);
    const { id: foreign } = await chat('owner').createRoom.mutate({ name: 'foreign', history: 'kept' });
    await chat('owner').sendMessage.mutate({ roomId: foreign, text: 'turn of others' });
    for (let turn = 0; turn < 30; turn += 1) {
      if (turn % 4 > 0) clock.advance(1); // ids of the ring and of kept rooms are often the same
      await say(`turn ${turn}`, rooms[turn % 3]);
      if (turn === 20) await bury(deps, roomId, 150);
    }
    // In order of the times in their ids, as far as those differ.
    const timeOf = new Map<string, number>();
    const hits: string[] = [];
    for (let cursor: string | null = null, page = 0; page === 0 || cursor !== null; page += 1) {
      const answer: Awaited<ReturnType<Chat['search']['query']>> = await chat('member').search.query({
        query: 'turn',
        limit: 7,
        cursor,
      });
      for (const { message } of answer.hits) {
        hits.push(message.text);
        timeOf.set(message.text, Number.parseInt(message.id, 10));
      }
      cursor = answer.nextCursor;
    }
    expect([...hits].sort()).toEqual(Array.from({ length: 30 }, (_, turn) => `turn ${turn}`).sort());
    const times = hits.map((text) => timeOf.get(text) ?? 0);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(await foundAnywhere('others')).toEqual([]);
    expect(await foundAnywhere('others', 'owner')).toEqual(['turn of others']);
  });

  it('finds messages with the same id in two rooms, each once', async () => {
    const { chat, deps, roomId } = await start('kept');
    const { id: other } = await chat('member').createRoom.mutate({ name: 'other', history: 'kept' });
    for (const id of [roomId, other])
      await deps.db.keptMessage.createMany({
        data: [1n, 2n].map((seq) => ({
          ...{ roomId: id, ms: 5n, seq, username: 'x', createdMs: BigInt(deps.clock()) },
          text: `needle ${seq} in ${id}`,
        })),
      });
    const { found, pages } = await pagesOf(chat('member'), { query: 'needle', limit: 1 });
    expect(found).toEqual([
      `needle 2 in ${other}`,
      `needle 2 in ${roomId}`,
      `needle 1 in ${other}`,
      `needle 1 in ${roomId}`,
    ]);
    expect(pages).toBe(4);
  });

  it('looks at a bounded number of messages in each call, and continues', async () => {
    const { chat, deps, roomId, say } = await start('kept');
    await say('the needle');
    // No index knows what consists of punctuation.
    await seedKept(deps, { roomId, count: 21_000, text: '.' });
    const { found, pages } = await pagesOf(chat('member'), { query: '?', roomId });
    expect([found, pages]).toEqual([[], 2]);
  });
});
