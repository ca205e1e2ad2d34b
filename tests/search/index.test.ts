import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { backupDatabase } from '../../src/server/infra/db/backup.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { seedInbox } from '../support/seed.ts';

const filler = { sender: 'bob', recipient: 'alice', text: '~~~' };

/** Alice, with many messages from Bob after the first ones. */
async function startWithMany(texts: string[], count = 5200) {
  const mirage = await startMirage();
  const [alice, bob] = await Promise.all([mirage.user('alice'), mirage.user('bob')]);
  const ids: number[] = [];
  for (const text of texts)
    ids.push((await bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text })).id);
  seedInbox(mirage, { ...filler, count });
  mirage.deps.inboxSearch.want('alice');
  return { ...mirage, alice, bob, ids };
}

type Started = Awaited<ReturnType<typeof startWithMany>>;

/** The same database in another Mirage. */
async function restart({ close, deps, alice }: Pick<Started, 'close' | 'deps' | 'alice'>) {
  await close();
  const mirage = await startMirage({ databaseUrl: deps.config.databaseUrl });
  return { ...mirage, client: createMirageClient({ url: mirage.url, token: alice.token }) };
}

const count = async ({ inbox }: ReturnType<typeof createMirageClient>, query: string) =>
  (await inbox.search.query({ query })).hits.length;

it('leaves nothing of deleted and edited texts in the file', async () => {
  const mirage = await startWithMany(['remember periwinkle', 'remember marzipan', 'remember tangerine']);
  await mirage.deps.inboxSearch.caughtUp();
  const file = openDatabaseFile(mirage);
  const bytes = () => {
    file.pragma('wal_checkpoint(TRUNCATE)');
    return (
      readFileSync(`${mirage.folder}/mirage.db`, 'latin1') +
      readFileSync(`${mirage.folder}/mirage.db-wal`, 'latin1')
    );
  };
  for (const word of ['periwinkle', 'marzipan', 'tangerine']) expect(bytes()).toContain(word);

  await mirage.alice.client.inbox.deleteMessage.mutate({ id: mirage.ids[0] ?? 0 });
  await mirage.bob.client.inbox.editMessage.mutate({ id: mirage.ids[1] ?? 0, text: 'remember nothing' });

  const after = bytes();
  for (const word of ['periwinkle', 'marzipan']) expect(after).not.toContain(word);
  expect(after).toContain('tangerine');
  // Nor does the index know their sequences: which no other text has.
  const [part] = await mirage.deps.inboxSearch.parts('alice');
  const matches = (query: string) =>
    mirage.deps.inboxSearch.find(
      [part ?? expect.fail()],
      [{ text: '', token: query, isPrefix: true, at: 0 }],
      { before: 2 ** 31, limit: 10 },
    );
  const token = (text: string) =>
    [...text].map((letter) => letter.charCodeAt(0).toString(36).padStart(2, '0')).join('');
  expect(await matches(token('per'))).toEqual([]);
  expect(await matches(token('arz'))).toEqual([]);
  expect(await matches(token('tan'))).toEqual([mirage.ids[2]]);
});

it('goes on with the index where it stopped, and finds everything meanwhile', async () => {
  const first = await startWithMany(['the needle'], 8000);
  const reached = await vi.waitFor(
    async () => {
      const [part] = await first.deps.inboxSearch.parts('alice');
      return part?.readyId ?? Promise.reject(new Error('nothing is indexed yet'));
    },
    { timeout: 20_000, interval: 5 },
  );
  const second = await restart(first);
  const [part] = await second.deps.inboxSearch.parts('alice');
  expect(part?.readyId).toBeGreaterThanOrEqual(reached);
  expect(await count(second.client, 'needle')).toBe(1);
  await second.deps.inboxSearch.caughtUp();
  expect(await second.deps.inboxSearch.parts('alice')).toEqual([{ id: part?.id, firstId: 1, readyId: 8001 }]);
  expect(await count(second.client, 'needle')).toBe(1);
});

it('builds the index anew where an earlier version made it, and leaves that of a later one alone', async () => {
  const first = await startWithMany(['the needle']);
  await first.deps.inboxSearch.caughtUp();
  const [earlier] = await first.deps.inboxSearch.parts('alice');
  const setVersion = (version: number) =>
    openDatabaseFile(first).prepare('UPDATE inbox_search_parts SET version = ?').run(version);
  setVersion(1);
  const second = await restart(first);
  await second.deps.inboxSearch.caughtUp();
  const [part] = await second.deps.inboxSearch.parts('alice');
  expect(part?.id).toBeGreaterThan(earlier?.id ?? 0);
  expect(part?.readyId).toBe(5201);
  expect(await count(second.client, 'needle')).toBe(1);

  setVersion(1_000_000);
  const third = await restart({ ...first, ...second });
  await third.deps.inboxSearch.caughtUp();
  expect(await third.deps.inboxSearch.parts('alice')).toEqual([]);
  expect(await count(third.client, 'needle')).toBe(1);
});

it('is in backups, which stay sound', async () => {
  const mirage = await startWithMany(['the needle']);
  await mirage.deps.inboxSearch.caughtUp();
  const backup = `${await temporaryFolder()}/backup.db`;
  backupDatabase(`${mirage.folder}/mirage.db`, backup);
  const db = new Database(backup);
  onTestFinished(() => void db.close());
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  const copy = await startMirage({ databaseUrl: `file:${backup}` });
  expect(await copy.deps.inboxSearch.parts('alice')).toHaveLength(1);
  expect(await count(createMirageClient({ url: copy.url, token: mirage.alice.token }), 'needle')).toBe(1);
});

it('does not index users with few messages', async () => {
  const mirage = await startMirage();
  await Promise.all([mirage.user('alice'), mirage.user('bob')]);
  seedInbox(mirage, { ...filler, count: 100 });
  await mirage.deps.inboxSearch.caughtUp();
  expect(await mirage.deps.db.inboxSearchPart.count()).toBe(0);
});

it('finds everything with a broken index, and builds it anew', async () => {
  const mirage = await startWithMany(['the needle']);
  await mirage.deps.inboxSearch.caughtUp();
  const [earlier] = await mirage.deps.inboxSearch.parts('alice');
  openDatabaseFile(mirage).unsafeMode().exec('DELETE FROM inbox_search_data WHERE id > 10');
  const again = await restart(mirage); // what was read of it is in memory
  expect(await count(again.client, 'needle')).toBe(1);
  await again.deps.inboxSearch.caughtUp();
  const [part] = await again.deps.inboxSearch.parts('alice');
  expect(part?.id).toBeGreaterThan(earlier?.id ?? 0);
  expect(await count(again.client, 'needle')).toBe(1);
});
