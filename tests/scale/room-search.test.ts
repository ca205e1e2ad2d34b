import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createPostgresRoomSearchIndex } from '../../src/server/infra/search/postgres-room-search-index.ts';
import { searchVersion } from '../../src/server/infra/search/search-index.ts';
import { many, seedKept } from '../support/kept-messages.ts';
import { startCluster } from './support/cluster.ts';
import { connectionTo } from './support/services.ts';

/** What a server holds that extends the index. */
const indexLock = 'pg_advisory_lock(778243107, hashtext(current_schema()))';

/** Two servers, and a kept room with many messages after the first one. */
async function startWithMany() {
  const cluster = await startCluster();
  const alice = await cluster.user('alice');
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'log', history: 'kept' });
  const { id } = await alice.at(1).chat.sendMessage.mutate({ roomId, text: 'the needle' });
  const client = new pg.Client(connectionTo(cluster.place.databaseUrl));
  await client.connect();
  onTestFinished(() => client.end());
  const deps = cluster.servers.map(({ deps }) => deps);
  const [first = expect.fail()] = deps;
  await seedKept(first, { roomId, count: many });
  const ready = async () => (await first.roomSearch.parts(roomId))[0]?.readyId;
  const newest = () => first.keptMessages.newestId();
  const caughtUp = () => {
    for (const { roomSearch } of deps) roomSearch.want(roomId);
    return Promise.all(deps.map(({ roomSearch }) => roomSearch.caughtUp()));
  };
  const found = async (node: number, query: string) =>
    (await alice.at(node).chat.search.query({ query, roomId })).hits.map(({ message }) => message.text);
  const [ms = '', seq = ''] = id.split('-');
  const change = (sql: string) =>
    client.query(`${sql} WHERE room_id = ${roomId} AND ms = ${ms} AND seq = ${seq}`);
  const edit = (text: string) => change(`UPDATE kept_messages SET message = '${text}'`);
  const remove = () => change('DELETE FROM kept_messages');
  const left = async () => {
    const docs = await change('SELECT 1 FROM room_search_docs');
    const removals = await client.query('SELECT 1 FROM room_search_removals');
    return [docs.rowCount, removals.rowCount];
  };
  /** At once, or when the other server is done, which may be at it. */
  const isLeft = (expected: number[]) => vi.waitFor(async () => expect(await left()).toEqual(expected));
  /** As a server leaves it that has died between announcing a batch and reading it. */
  const announce = () =>
    client.query(
      `INSERT INTO room_search_parts (
         room_id, first_ms, first_seq, last_ms, last_seq, ready_ms, ready_seq, size, version)
       SELECT ${roomId}, ${ms}, ${seq}, k.ms, k.seq, 0, 0, 200, $1 FROM (
         SELECT ms, seq FROM kept_messages ORDER BY ms, seq LIMIT 1 OFFSET 199) AS k`,
      [searchVersion],
    );
  return {
    alice,
    client,
    deps,
    roomId,
    id,
    ready,
    newest,
    caughtUp,
    found,
    edit,
    remove,
    left,
    isLeft,
    announce,
  };
}

it('lets one of several servers index at a time', async () => {
  const { client, deps, roomId, ready, newest, caughtUp, found } = await startWithMany();
  const [one, other] = deps.map(({ sql }) => createPostgresRoomSearchIndex(sql));
  await client.query(`SELECT ${indexLock}`);
  expect([await one?.advance(roomId), await other?.advance(roomId)]).toEqual(['busy', 'busy']);
  expect(await ready()).toBe(undefined);
  expect(await found(1, 'needle')).toEqual(['the needle']);
  await client.query(`SELECT ${indexLock.replace('lock(', 'unlock(')}`);
  await caughtUp();
  expect([await one?.advance(roomId), await other?.advance(roomId)]).toEqual(['done', 'done']);
  expect(await ready()).toBe(await newest());
  expect(await found(0, 'needle')).toEqual(['the needle']);
});

it('forgets at every server what was edited or deleted at one', async () => {
  const { client, deps, caughtUp, found, edit, remove, left, isLeft } = await startWithMany();
  await caughtUp();
  await client.query('BEGIN');
  await edit('a haystack');
  expect(await left()).toEqual([0, 1]); // of the earlier text nothing is left at once
  await client.query('COMMIT');
  await deps[1]?.roomSearch.settle();
  await isLeft([1, 0]);
  expect([await found(0, 'needle'), await found(0, 'haystack')]).toEqual([[], ['a haystack']]);
  await remove();
  expect(await left()).toEqual([0, 0]);
  expect(await found(1, 'haystack')).toEqual([]);
});

it('notices who edits or deletes a message while it is being indexed', async () => {
  for (const change of ['edit', 'remove'] as const) {
    const mirage = await startWithMany();
    // Nobody goes on with the batch.
    await mirage.client.query(`SELECT ${indexLock}`);
    await mirage.announce();
    await mirage[change]('a haystack');
    expect(await mirage.left()).toEqual([0, 1]);
    await mirage.deps[0]?.roomSearch.settle({ owner: mirage.roomId, id: mirage.id });
    expect(await mirage.left()).toEqual([0, 1]); // or the batch would put the earlier text back
    await mirage.client.query(`SELECT ${indexLock.replace('lock(', 'unlock(')}`);
    await mirage.caughtUp();
    expect(await mirage.found(0, 'needle')).toEqual([]);
    expect(await mirage.found(0, 'haystack')).toEqual(change === 'edit' ? ['a haystack'] : []);
    await mirage.deps[0]?.roomSearch.settle();
    await mirage.isLeft([change === 'edit' ? 1 : 0, 0]);
  }
});

/** Resolves when a statement waits for a lock of this kind. */
const someoneWaits = (client: pg.Client, locktype: string) =>
  vi.waitFor(
    async () => {
      const waiting = await client.query(
        `SELECT 1 FROM pg_locks WHERE locktype = $1 AND NOT granted AND pid IN (
           SELECT pid FROM pg_locks WHERE relation IN ('kept_messages'::regclass, 'room_search_parts'::regclass))`,
        [locktype],
      );
      expect(waiting.rowCount).toBeGreaterThan(0);
    },
    { timeout: 20_000 },
  );

it('waits for an edit that is under way before it indexes the message', async () => {
  const { client, caughtUp, found, edit } = await startWithMany();
  await client.query('BEGIN');
  await edit('a haystack');
  const done = caughtUp();
  await someoneWaits(client, 'advisory');
  await client.query('COMMIT');
  await done;
  expect([await found(0, 'needle'), await found(0, 'haystack')]).toEqual([[], ['a haystack']]);
});

it('leaves an edit alone that is not committed, and takes it in afterwards', async () => {
  const { client, deps, caughtUp, found, edit, isLeft } = await startWithMany();
  await caughtUp();
  await edit('a haystack');
  await client.query('BEGIN');
  await edit('a barn');
  await deps[0]?.roomSearch.settle(); // of the first edit, whose text is about to go
  await client.query('COMMIT');
  await deps[0]?.roomSearch.settle();
  await isLeft([1, 0]);
  expect([await found(0, 'haystack'), await found(0, 'barn')]).toEqual([[], ['a barn']]);
});

it('leaves nothing of a deleted room', async () => {
  const { alice, client, deps, roomId, caughtUp } = await startWithMany();
  await caughtUp();
  await alice.at(1).chat.deleteRoom.mutate({ roomId });
  await vi.waitFor(async () => expect(await deps[0]?.db.keptMessage.count()).toBe(0), { timeout: 20_000 });
  const { rows } = await client.query<{ left: number }>(
    `SELECT (SELECT count(*)::int FROM room_search_docs) + (SELECT count(*)::int FROM room_search_removals) AS left`,
  );
  expect(rows).toEqual([{ left: 0 }]);
});
