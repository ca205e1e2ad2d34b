import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Config } from '../../src/server/core/config.ts';
import { startCluster } from './support/cluster.ts';
import { connectionTo, freshDatabase } from './support/services.ts';

const many = 5200;

async function startWithMany(settings: Partial<Config> = {}) {
  const cluster = await startCluster([settings, settings]);
  const [alice, bob] = [await cluster.user('alice'), await cluster.user('bob')];
  const { id } = await bob.at(0).inbox.sendMessage.mutate({ recipient: 'alice', text: 'the needle' });
  const client = new pg.Client(connectionTo(settings.databaseUrl ?? cluster.place.databaseUrl));
  await client.connect();
  onTestFinished(() => client.end());
  const seed = () =>
    client.query(
      `INSERT INTO inbox_messages (sender, recipient, message, created_at)
       SELECT 'bob', 'alice', '~~~', now() FROM generate_series(1, ${many})`,
    );
  const searches = cluster.servers.map(({ deps }) => deps.inboxSearch);
  const ready = async () => (await searches[0]?.parts('alice'))?.[0]?.readyId ?? 0;
  const caughtUp = () => {
    for (const search of searches) search.want('alice');
    return Promise.all(searches.map((search) => search.caughtUp()));
  };
  const found = async (node: number, query: string) =>
    (await alice.at(node).inbox.search.query({ query })).hits.map(({ message }) => message.text);
  return { alice, bob, id, client, seed, ready, caughtUp, found, searches };
}

it('lets one of several servers index at a time', async () => {
  const { client, seed, ready, caughtUp, found, searches } = await startWithMany();
  await seed();
  const lock = 'pg_advisory_lock(778243106, hashtext(current_schema()))';
  await client.query(`SELECT ${lock}`);
  let isDone = false;
  const done = caughtUp().then(() => {
    isDone = true;
  });
  // By then each server has tried once.
  for (const search of searches) await search.settle();
  expect([isDone, await ready()]).toEqual([false, 0]);
  expect(await found(1, 'needle')).toEqual(['the needle']);
  await client.query(`SELECT ${lock.replace('lock(', 'unlock(')}`);
  await done;
  expect(await ready()).toBe(many + 1);
  const { rows } = await client.query<{ docs: number; messages: number }>(
    'SELECT (SELECT count(*)::int FROM inbox_search_docs) AS docs, sum(size)::int AS messages FROM inbox_search_parts',
  );
  expect(rows[0]?.docs).toBeGreaterThan(0);
  expect(await found(0, 'needle')).toEqual(['the needle']);
});

it('forgets at every server what was edited or deleted at one', async () => {
  const { bob, client, id, seed, caughtUp, found } = await startWithMany();
  await seed();
  await caughtUp();
  await bob.at(1).inbox.editMessage.mutate({ id, text: 'a haystack' });
  expect([await found(0, 'needle'), await found(0, 'haystack')]).toEqual([[], ['a haystack']]);
  await bob.at(0).inbox.deleteMessage.mutate({ id });
  expect(await found(1, 'haystack')).toEqual([]);
  const left = await client.query('SELECT 1 FROM inbox_search_docs WHERE id IN ($1, $2)', [
    2 * id,
    2 * id + 1,
  ]);
  expect(left.rowCount).toBe(0);
});

it('leaves no version of deleted and edited texts after a vacuum, and no bytes after a full one', async () => {
  // A vacuum keeps what an older transaction of the same database might still read.
  const { bob, client, seed, caughtUp } = await startWithMany({ databaseUrl: await freshDatabase() });
  const send = (text: string) => bob.at(0).inbox.sendMessage.mutate({ recipient: 'alice', text });
  const deleted = await send('remember periwinkle');
  const edited = await send('remember marzipan');
  await send('remember tangerine');
  await seed();
  await caughtUp();
  const words = ['periwinkle', 'marzipan', 'tangerine'];
  /** Those of the words that are in the files of tables and indexes. */
  const wordsInFiles = async () => {
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ word: string }>(
      `SELECT DISTINCT word FROM unnest($1::text[]) AS word, pg_class c
       WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'i')
         AND position(word::bytea IN pg_read_binary_file(pg_relation_filepath(c.oid))) > 0`,
      [words],
    );
    return words.filter((word) => rows.some((row) => row.word === word));
  };
  expect(await wordsInFiles()).toEqual(words);

  await bob.at(1).inbox.deleteMessage.mutate({ id: deleted.id });
  await bob.at(1).inbox.editMessage.mutate({ id: edited.id, text: 'remember nothing' });
  await vi.waitFor(
    async () => {
      await client.query('VACUUM inbox_messages');
      const { rows } = await client.query<{ clean: boolean }>(
        `SELECT relallvisible = relpages AS clean FROM pg_class WHERE oid = 'inbox_messages'::regclass`,
      );
      expect(rows).toEqual([{ clean: true }]);
    },
    { timeout: 30_000, interval: 500 },
  );
  // The bytes of a removed row stay in the free space of its page until others need it.
  await client.query('VACUUM FULL inbox_messages');
  expect(await wordsInFiles()).toEqual(['tangerine']);
});

it('records who edits a message while it is being indexed', async () => {
  const { bob, client, id, seed, caughtUp, found } = await startWithMany();
  await seed();
  // As a server leaves it that has died between announcing a batch and reading it.
  await client.query(
    `INSERT INTO inbox_search_parts (username, first_id, last_id, ready_id, size, version)
     SELECT 'alice', 1, 200, 0, 200, version FROM (SELECT 1000 + $1::int AS version) AS own`,
    [Math.round(10 * Number.parseFloat(process.versions.unicode ?? '0'))],
  );
  await client.query(`UPDATE inbox_messages SET message = 'a haystack' WHERE id = $1`, [id]);
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int FROM inbox_search_removals');
  expect(rows).toEqual([{ count: 1 }]);
  await caughtUp();
  expect([await found(0, 'needle'), await found(0, 'haystack')]).toEqual([[], ['a haystack']]);
  await bob.at(0).inbox.deleteMessage.mutate({ id });
});

it('waits for an edit that is under way before it indexes the message', async () => {
  const { client, id, seed, caughtUp, found } = await startWithMany();
  await seed();
  await client.query('BEGIN');
  await client.query(`UPDATE inbox_messages SET message = 'a haystack' WHERE id = $1`, [id]);
  const done = caughtUp();
  await vi.waitFor(
    async () => {
      const waiting = await client.query(
        `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 3 AND NOT granted
           AND objid = 'inbox_messages'::regclass`,
      );
      expect(waiting.rowCount).toBe(1);
    },
    { timeout: 20_000 },
  );
  await client.query('COMMIT');
  await done;
  expect([await found(0, 'needle'), await found(0, 'haystack')]).toEqual([[], ['a haystack']]);
});
