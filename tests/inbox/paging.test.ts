import { expect, it } from 'vitest';
import type { MirageClient } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';

async function startWithHistory() {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');
  const { client: carol } = await user('carol');
  const send = (from: MirageClient, recipient: string, text: string) =>
    from.inbox.sendMessage.mutate({ recipient, text });
  for (let turn = 0; turn < 6; turn += 1) {
    await send(alice, 'bob', `ab${turn}`);
    await send(carol, 'alice', `ca${turn}`);
    await send(bob, 'alice', `ba${turn}`);
    await send(bob, 'carol', `bc${turn}`);
    await send(alice, 'alice', `aa${turn}`);
  }
  return { alice, bob, carol, send };
}

/** Reads page after page until the last, with something happening between them. */
async function readAll(
  reader: MirageClient,
  page: { limit?: number; with?: string },
  between: (turn: number) => Promise<unknown> = async () => {},
) {
  const pages: string[][] = [];
  let cursor: number | null = null;
  do {
    const { messages, nextCursor }: Awaited<ReturnType<typeof reader.inbox.listMessages.query>> =
      await reader.inbox.listMessages.query({ ...page, cursor });
    pages.push(messages.map(({ text }) => text));
    cursor = nextCursor;
    await between(pages.length);
  } while (cursor !== null);
  return pages;
}

const newestFirst = (...kinds: string[]) =>
  [5, 4, 3, 2, 1, 0].flatMap((turn) => kinds.map((kind) => `${kind}${turn}`));

it.each([1, 2, 5, 23, 24, 25, 500])('returns every message once in pages of %i', async (limit) => {
  const { alice } = await startWithHistory();

  const pages = await readAll(alice, { limit });

  expect(pages.flat()).toEqual(newestFirst('aa', 'ba', 'ca', 'ab'));
  expect(pages.map(({ length }) => length)).toEqual(
    Array.from({ length: Math.ceil(24 / limit) }, (_, index) => Math.min(limit, 24 - index * limit)),
  );
});

it('returns every message of one conversation once, page by page', async () => {
  const { alice, bob } = await startWithHistory();
  for (const limit of [1, 5, 12]) {
    expect((await readAll(alice, { limit, with: 'bob' })).flat()).toEqual(newestFirst('ba', 'ab'));
    expect((await readAll(bob, { limit, with: 'alice' })).flat()).toEqual(newestFirst('ba', 'ab'));
    expect((await readAll(alice, { limit, with: 'alice' })).flat()).toEqual(newestFirst('aa'));
  }
});

it.each([undefined, 'bob'])(
  'loses and repeats nothing when messages arrive in between, with %s',
  async (peer) => {
    const { alice, bob, send } = await startWithHistory();

    const pages = await readAll(alice, { limit: 5, ...(peer && { with: peer }) }, async (turn) => {
      await send(bob, 'alice', `new ${turn}`);
      await send(alice, 'bob', `newer ${turn}`);
    });

    expect(pages.flat()).toEqual(peer ? newestFirst('ba', 'ab') : newestFirst('aa', 'ba', 'ca', 'ab'));
  },
);

it('skips no message when others are deleted between pages, including the one at the cursor', async () => {
  const { alice } = await startWithHistory();
  const idOf = async (text: string) =>
    (await alice.inbox.listMessages.query()).messages.find((message) => message.text === text)?.id ?? 0;
  const atCursor = await idOf('ab5');

  const pages = await readAll(alice, { limit: 4 }, async (turn) => {
    if (turn === 1) await alice.inbox.deleteMessage.mutate({ id: atCursor });
  });

  expect(pages.flat()).toEqual(newestFirst('aa', 'ba', 'ca', 'ab'));
});

it('returns pages of 50 messages by default', async () => {
  const { alice, send } = await startWithHistory();
  for (let turn = 0; turn < 27; turn += 1) await send(alice, 'alice', `more ${turn}`);
  expect((await readAll(alice, {})).map(({ length }) => length)).toEqual([50, 1]);
});

it('returns the newest page for a cursor above all ids, and an empty one for a cursor below them', async () => {
  const { alice } = await startWithHistory();
  for (const cursor of [2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])
    expect((await alice.inbox.listMessages.query({ cursor })).messages).toHaveLength(24);
  expect(await alice.inbox.listMessages.query({ cursor: 1 })).toMatchObject({
    messages: [],
    nextCursor: null,
  });
});
