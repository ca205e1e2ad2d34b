import { describe, expect, it } from 'vitest';
import type { MirageClient } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { answersOf, expected, texts } from '../support/searches.ts';

/** As many messages as it takes for a user to be indexed. */
const many = 5200;

/** Two users, with many messages after what a test has sent if it `buries` it, so that only the index leads to it. */
async function start() {
  const mirage = await startMirage();
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((name) => mirage.user(name)));
  if (!alice || !bob || !carol) throw new Error('three users were asked for');
  const send = async ({ client }: { client: MirageClient }, recipient: string, text: string) =>
    (await client.inbox.sendMessage.mutate({ recipient, text })).id;
  return {
    ...mirage,
    alice: alice.client,
    bob: bob.client,
    carol: carol.client,
    users: { alice, bob, carol },
    send,
  };
}

type Started = Awaited<ReturnType<typeof start>>;

async function bury({ deps }: Pick<Started, 'deps'>) {
  const row = { sender: 'bob', recipient: 'alice', text: '~~~', createdAt: new Date(0) };
  await deps.db.inboxMessage.createMany({ data: Array.from({ length: many }, () => row) });
  deps.inboxSearch.want('alice');
  await deps.inboxSearch.caughtUp();
  const [newest] = await deps.inboxSearch.parts('alice');
  expect(newest?.readyId).toBeGreaterThan(many);
}

type SearchInput = Parameters<MirageClient['inbox']['search']['query']>[0];

const found = async (client: MirageClient, input: string | SearchInput) =>
  (await client.inbox.search.query(typeof input === 'string' ? { query: input } : input)).hits.map(
    ({ message }) => message.text,
  );

const answers = (client: MirageClient) => answersOf((query) => found(client, query));

describe('search', () => {
  it('finds words and parts of words in any script, and takes everything else as text', async () => {
    const mirage = await start();
    for (const text of texts) await mirage.send(mirage.users.bob, 'alice', text);
    expect(await answers(mirage.alice)).toEqual(expected);
    expect(await answers(mirage.bob)).toEqual(expected);
    expect(await found(mirage.carol, 'foo')).toEqual([]);
  });

  it('finds the same in an index as without one', async () => {
    const mirage = await start();
    for (const text of texts) await mirage.send(mirage.users.bob, 'alice', text);
    await bury(mirage);
    expect(await answers(mirage.alice)).toEqual(expected);
  });

  it('says where in a message it found what, and gives the message as other pages do', async () => {
    const { alice, users, send } = await start();
    const id = await send(users.bob, 'alice', '🙂 Café, cafe');
    const { hits, nextCursor, position } = await alice.inbox.search.query({ query: 'cafe' });
    expect(hits).toEqual([
      {
        message: (await alice.inbox.listMessages.query()).messages[0],
        ranges: [
          [3, 7],
          [9, 13],
        ],
      },
    ]);
    expect([hits[0]?.message.id, nextCursor, typeof position]).toEqual([id, null, 'string']);
  });

  it('shows nobody what is between others, hidden, cleared, withheld or deleted', async () => {
    const { alice, bob, carol, deps, users, send } = await start();
    const ids = {
      forMe: await send(users.bob, 'alice', 'secret for me'),
      forAll: await send(users.bob, 'alice', 'secret for all'),
    };
    await send(users.alice, 'alice', 'secret to myself');
    await send(users.carol, 'bob', 'secret between others');
    await alice.inbox.deleteMessage.mutate({ id: ids.forMe, scope: 'me' });
    expect(await found(alice, 'secret')).toEqual(['secret to myself', 'secret for all']);
    expect(await found(bob, 'secret')).toEqual(['secret between others', 'secret for all', 'secret for me']);
    await alice.inbox.deleteMessage.mutate({ id: ids.forAll });
    expect(await found(alice, 'secret')).toEqual(['secret to myself']);
    await bob.inbox.clearConversation.mutate({ with: 'carol' });
    expect(await found(bob, 'secret')).toEqual(['secret for me']);
    expect(await found(carol, 'secret')).toEqual(['secret between others']);
    await deps.db.userBlock.create({ data: { username: 'carol', blocked: 'alice' } });
    await send(users.alice, 'carol', 'secret that is withheld');
    expect(await found(carol, 'secret')).toEqual(['secret between others']);
    expect(await found(alice, 'withheld')).toEqual(['secret that is withheld']);
  });

  it('finds an edited message by its present text alone, and a deleted one not at all', async () => {
    const mirage = await start();
    const { alice, bob, users, send } = mirage;
    const edited = await send(users.bob, 'alice', 'the original wording');
    const deleted = await send(users.bob, 'alice', 'the regretted wording');
    const hidden = await send(users.bob, 'alice', 'the boring wording');
    await bury(mirage);
    expect(await found(alice, 'wording')).toHaveLength(3);
    await bob.inbox.editMessage.mutate({ id: edited, text: 'the corrected phrase' });
    await bob.inbox.deleteMessage.mutate({ id: deleted });
    await alice.inbox.deleteMessage.mutate({ id: hidden, scope: 'me' });
    expect(await found(alice, 'wording')).toEqual([]);
    expect(await found(alice, 'corrected')).toEqual(['the corrected phrase']);
    await bob.inbox.editMessage.mutate({ id: edited, text: 'the final version' });
    expect(await found(alice, 'corrected')).toEqual([]);
    expect(await found(alice, 'final vers')).toEqual(['the final version']);
    expect(await mirage.deps.db.inboxSearchRemoval.count()).toBe(0);
  });

  it('keeps to one conversation, oneself included', async () => {
    const mirage = await start();
    const { alice, users, send } = mirage;
    await send(users.alice, 'bob', 'lunch 1');
    await send(users.carol, 'alice', 'lunch 2');
    await send(users.alice, 'alice', 'lunch 3');
    await send(users.bob, 'alice', 'lunch 4');
    const each = async () => [
      await found(alice, { query: 'lunch', with: 'bob' }),
      await found(alice, { query: 'lunch', with: 'carol' }),
      await found(alice, { query: 'lunch', with: 'alice' }),
      await found(alice, { query: 'lunch', with: 'nobody' }),
    ];
    const all = [['lunch 4', 'lunch 1'], ['lunch 2'], ['lunch 3'], []];
    expect(await each()).toEqual(all);
    await bury(mirage);
    expect(await each()).toEqual(all);
  });

  it('gives every hit once, page by page, while messages arrive and go', async () => {
    const mirage = await start();
    const { alice, bob, users, send } = mirage;
    const ids: number[] = [];
    for (let turn = 0; turn < 12; turn += 1) ids.push(await send(users.bob, 'alice', `turn ${turn}`));
    await bury(mirage);
    for (let turn = 12; turn < 16; turn += 1) ids.push(await send(users.alice, 'bob', `turn ${turn}`));
    const all: string[] = [];
    for (let cursor: string | null = null, page = 0; page === 0 || cursor !== null; page += 1) {
      const { hits, nextCursor }: Awaited<ReturnType<typeof alice.inbox.search.query>> =
        await alice.inbox.search.query({ query: 'turn', limit: 5, cursor });
      all.push(...hits.map(({ message }) => message.text));
      cursor = nextCursor;
      await send(users.bob, 'alice', `turn again ${page}`);
      await bob.inbox.deleteMessage.mutate({ id: ids[15 - 5 * page - 4] ?? 0 }).catch(() => {});
    }
    expect(all).toEqual(Array.from({ length: 16 }, (_, index) => `turn ${15 - index}`));
  });

  it('ranks by how well the words fit, and pages through that order', async () => {
    const { alice, users, send } = await start();
    await send(users.bob, 'alice', 'tea tea tea');
    await send(users.bob, 'alice', `a team of people who never drink any ${'x'.repeat(500)}`);
    await send(users.bob, 'alice', 'steady');
    await send(users.bob, 'alice', 'a cup of tea');
    const order = ['tea tea tea', 'a cup of tea', 'steady', expect.stringContaining('team')];
    expect(await found(alice, { query: 'tea', order: 'rank' })).toEqual(order);
    const first = await alice.inbox.search.query({ query: 'tea', order: 'rank', limit: 3 });
    const second = await alice.inbox.search.query({
      query: 'tea',
      order: 'rank',
      limit: 3,
      cursor: first.nextCursor,
    });
    expect([...first.hits, ...second.hits].map(({ message }) => message.text)).toEqual(order);
    expect(second.nextCursor).toBeNull();
  });

  it('refuses what cannot be looked for', async () => {
    const { alice } = await start();
    const refused = { data: { reason: 'INVALID_INPUT', httpStatus: 400 } };
    for (const query of ['', '   ', '\u200b', 'x'.repeat(201)])
      await expect(alice.inbox.search.query({ query })).rejects.toMatchObject(refused);
    for (const input of [
      { query: 'x', cursor: 'nonsense' },
      { query: 'x', cursor: '5', order: 'rank' as const },
      { query: 'x', limit: 0 },
      { query: 'x', limit: 101 },
    ])
      await expect(alice.inbox.search.query(input)).rejects.toMatchObject(refused);
    expect(await found(alice, 'x'.repeat(200))).toEqual([]);
    expect(await found(alice, { query: 'x', cursor: '9999999999' })).toEqual([]);
  });

  it('keeps pages of long messages below the size of an answer', async () => {
    const { alice, deps } = await start();
    const row = {
      sender: 'bob',
      recipient: 'alice',
      text: `needle ${'語'.repeat(16_000)}`,
      createdAt: new Date(0),
    };
    await deps.db.inboxMessage.createMany({ data: Array.from({ length: 30 }, () => row) });
    let count = 0;
    for (let cursor: string | null = null, page = 0; page === 0 || cursor !== null; page += 1) {
      const answer: Awaited<ReturnType<typeof alice.inbox.search.query>> = await alice.inbox.search.query({
        query: 'needle 語',
        limit: 100,
        cursor,
      });
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(1_000_000);
      count += answer.hits.length;
      cursor = answer.nextCursor;
    }
    expect(count).toBe(30);
  });
});
