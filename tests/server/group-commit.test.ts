import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createGroupCommit } from '../../src/server/infra/db/group-commit.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage } from '../support/harness.ts';
import { tally } from '../support/refusal.ts';

/** Alice and bob, and a database that refuses messages which say `poison`, with whatever they are written. */
async function setup() {
  const mirage = await startMirage();
  const alice = await mirage.user('alice');
  await mirage.user('bob');
  openDatabaseFile(
    mirage,
  ).exec(`CREATE TRIGGER poison BEFORE INSERT ON inbox_messages WHEN NEW.message = 'poison'
    BEGIN SELECT RAISE(ABORT, 'this one cannot be written'); END`);
  const send = (text: string, recipient = 'bob') =>
    alice.client.inbox.sendMessage.mutate({ recipient, text });
  return { ...mirage, alice, send };
}

it('stores messages in order of sending, with increasing ids', async () => {
  const { send, alice } = await setup();
  const texts = Array.from({ length: 200 }, (_, index) => `message ${index}`);
  const sent = await Promise.all(texts.map((text) => send(text)));

  const { messages } = await alice.client.inbox.listMessages.query({ limit: 500 });
  const stored = new Map(messages.map(({ id, text }) => [id, text]));
  expect(sent.map(({ id }) => stored.get(id))).toEqual(texts);
  expect(messages.map(({ id }) => id)).toEqual(sent.map(({ id }) => id).sort((a, b) => b - a));
});

it('fails only the message that cannot be stored, and keeps the order of the others', async () => {
  const { deps, alice } = await setup();
  const createdAt = new Date(deps.clock());
  // In one tick, so that all are of one group.
  const texts = ['one', 'poison', 'two', 'poison', 'three'];
  const results = await Promise.allSettled(
    texts.map((text) => deps.inboxWriter.add({ sender: 'alice', recipient: 'bob', text, createdAt })),
  );

  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  const ids = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  const { messages } = await alice.client.inbox.listMessages.query({});
  expect(messages.map(({ id, text }) => [id, text]).reverse()).toEqual([
    [ids[0], 'one'],
    [ids[1], 'two'],
    [ids[2], 'three'],
  ]);
  expect(await alice.client.inbox.countMessages.query()).toMatchObject({ total: 3 });
});

it('refuses only messages to unknown recipients, and reveals nothing about the database', async () => {
  const { send } = await setup();
  expect(await tally([send('one'), send('nobody reads', 'nobody'), send('poison'), send('two')])).toEqual({
    ok: 2,
    RECIPIENT_NOT_FOUND: 1,
    INTERNAL: 1,
  });
  await expect(send('poison')).rejects.toThrow(/^internal server error$/);
});

/** A group commit whose writes end when they are told to. */
function controlled(maxRows: number, maxWaiting: number) {
  const groups: string[][] = [];
  const endings: (() => void)[] = [];
  const group = createGroupCommit<string, string>(
    async (rows) => {
      groups.push(rows);
      await new Promise<void>((resolve) => endings.push(resolve));
      return rows.map((row) => `${row} is stored`);
    },
    { maxRows, maxWaiting },
  );
  async function end() {
    while (endings.length === 0) await new Promise(setImmediate);
    endings.shift()?.();
  }
  return { group, groups, end };
}

it('stores messages that arrive during a commit with the next one, up to a bound', async () => {
  const { group, groups, end } = controlled(3, 100);
  const first = group.add('a');
  await new Promise(setImmediate);
  const others = ['b', 'c', 'd', 'e'].map((row) => group.add(row));
  await end();
  expect(await first).toBe('a is stored');
  await end();
  await end();
  expect(await Promise.all(others)).toEqual(['b', 'c', 'd', 'e'].map((row) => `${row} is stored`));
  expect(groups).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
});

it('refuses messages beyond the queue with a retry delay, and accepts them once there is room', async () => {
  const { group, end } = controlled(10, 2);
  const waiting = [group.add('a'), group.add('b')];
  await expect(group.add('c')).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 1000 });
  await end();
  await Promise.all(waiting);
  const again = group.add('c');
  await end();
  expect(await again).toBe('c is stored');
});

it('resolves a flush when everything added before is stored', async () => {
  const { group, end } = controlled(1, 100);
  const rows = [group.add('a'), group.add('b')];
  let isFlushed = false;
  const flushed = group.flushed().then(() => {
    isFlushed = true;
  });
  await end();
  await rows[0];
  expect(isFlushed).toBe(false);
  await end();
  await flushed;
  expect(await Promise.all(rows)).toEqual(['a is stored', 'b is stored']);
});

it('puts no more into a group than its size allows, but always something', async () => {
  const groups: string[][] = [];
  const group = createGroupCommit<string, string>(
    async (rows) => {
      groups.push(rows);
      return rows;
    },
    { maxBytes: 5, bytesOf: (row) => row.length },
  );
  await Promise.all(['aaa', 'bb', 'c', 'ddddddd', 'e', 'f'].map((row) => group.add(row)));
  expect(groups).toEqual([['aaa', 'bb'], ['c'], ['ddddddd'], ['e', 'f']]);
});

it('never writes a group again that may be stored in part', async () => {
  let writes = 0;
  const group = createGroupCommit<string, string>(
    async () => {
      writes += 1;
      throw new Error('failed on the way');
    },
    { isAtomic: false },
  );
  const results = await Promise.allSettled(['a', 'b'].map((row) => group.add(row)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(writes).toBe(1);
});

describe('a commit after another one', () => {
  /** Commits that take 100 ms by a clock that the test moves. */
  async function setup() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const groups: string[][] = [];
    const group = createGroupCommit<string, string>(
      async (rows) => {
        groups.push(rows);
        vi.advanceTimersByTime(100);
        return rows;
      },
      { gatherMs: 1000 },
    );
    await Promise.all(['a', 'b'].map((row) => group.add(row)));
    const turns = async () => {
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    };
    return { group, groups, turns };
  }

  it('waits for as many rows as that one had', async () => {
    const { group, groups, turns } = await setup();
    const first = group.add('c');
    await turns();
    expect(groups).toHaveLength(1);
    // It hopes for those of the last commit besides the one that has come.
    await Promise.all([first, group.add('d'), group.add('e')]);
    expect(groups.at(-1)).toEqual(['c', 'd', 'e']);
  });

  it('waits no longer than half as long as that one took', async () => {
    const { group, groups, turns } = await setup();
    const alone = group.add('c');
    await turns();
    vi.advanceTimersByTime(49);
    await turns();
    expect(groups).toHaveLength(1);
    vi.advanceTimersByTime(2);
    await alone;
    await turns();
    vi.advanceTimersByTime(51);
    await group.add('d');
    expect(groups).toEqual([['a', 'b'], ['c'], ['d']]);
  });
});
