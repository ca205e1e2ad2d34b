import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { migrateSqlite } from '../../src/server/infra/db/migrate.ts';
import { refused, runCommand, runJson } from '../support/command.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { dump, folderState, sample } from '../support/legacy-file.ts';

const migrations = fileURLToPath(new URL('../../prisma/sqlite/migrations/', import.meta.url));

/** A Mirage with somebody in it, closed, and a backup of it. */
async function backedUp() {
  const mirage = await startMirage();
  const alice = await mirage.user('alice');
  await alice.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'before' });
  const file = `${await temporaryFolder()}/backup.db`;
  expect(await runCommand(['backup', file], mirage)).toEqual({
    code: 0,
    stdout: '',
    stderr: `wrote ${file}\n`,
  });
  return { ...mirage, alice, file };
}

describe('mirage backup', () => {
  it('writes one complete file that only its owner can read', async () => {
    const { file, folder, close } = await backedUp();
    expect(readdirSync(file.replace('/backup.db', ''))).toEqual(['backup.db']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await close();
    expect(dump(file)).toEqual(dump(`${folder}/mirage.db`));
  });

  it('is consistent while messages are being sent', async () => {
    const mirage = await startMirage();
    const alice = await mirage.user('alice');
    await mirage.user('bob');
    let sent = 0;
    let isRunning = true;
    const senders = Array.from({ length: 4 }, async () => {
      while (isRunning) {
        sent += 1;
        await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: `message ${sent}` });
      }
    });
    const folder = await temporaryFolder();
    const counts: number[] = [];
    for (const name of ['first', 'second', 'third']) {
      const file = `${folder}/${name}.db`;
      const before = await mirage.deps.db.inboxMessage.count();
      expect(await runJson(['backup', file], mirage)).toEqual([{ file }]);
      const db = new Database(file, { readonly: true });
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      const held = Number(db.prepare('SELECT count(*) FROM inbox_messages').pluck().get());
      // The counts are written with the messages: a state in between would tell.
      expect(
        db.prepare('SELECT sum(total) FROM inbox_conversations GROUP BY username').pluck().all(),
      ).toEqual([held, held]);
      expect(db.prepare('SELECT max(id) FROM inbox_messages').pluck().get()).toBe(held);
      db.close();
      expect(held).toBeGreaterThanOrEqual(before);
      counts.push(held);
    }
    isRunning = false;
    await Promise.all(senders);
    expect(counts.at(-1)).toBeGreaterThan(0);

    await mirage.close();
    expect(await runCommand(['restore', `${folder}/second.db`, '--yes'], mirage)).toMatchObject({ code: 0 });
    const again = await startMirage({ databaseUrl: `file:${mirage.folder}/mirage.db` });
    const { total } = await again.client(alice.token).inbox.countMessages.query();
    expect(total).toBe(counts[1]);
    expect(await again.deps.db.inboxMessage.count()).toBe(total);
  });

  it('replaces a file only with --yes', async () => {
    const { file, alice, ...mirage } = await backedUp();
    const bytes = readFileSync(file);
    await alice.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'after' });
    expect(await runCommand(['backup', file], mirage)).toEqual(
      refused(/already exists. Replace it\? Use --yes/),
    );
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(await runCommand(['backup', file, '--yes'], mirage)).toMatchObject({ code: 0 });
    expect(dump(file).inbox_messages).toHaveLength(2);
  });

  it('names a target it cannot write or a missing database, and leaves no files behind', async () => {
    const { folder, close } = await startMirage();
    await close();
    const before = readdirSync(folder);
    const nowhere = `${folder}/missing/backup.db`;
    expect(await runCommand(['backup', nowhere], { folder })).toEqual(refused(/cannot write the backup/));
    expect(readdirSync(folder)).toEqual(before);
    const empty = await temporaryFolder();
    expect(await runCommand(['backup', `${empty}/backup.db`], { folder: empty })).toEqual(
      refused(/there is no database/),
    );
    expect(readdirSync(empty)).toEqual([]);
  });
});

describe('mirage restore', () => {
  it('replaces the database and keeps the previous one under another name', async () => {
    const { file, alice, folder, close } = await backedUp();
    await alice.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'after' });
    await close();
    chmodSync(`${folder}/mirage.db`, 0o640);
    const outcome = await runCommand(['restore', file, '--yes'], { folder });
    expect(statSync(`${folder}/mirage.db`).mode & 0o777).toBe(0o640);
    const aside = /the previous database is now (.*)\n/.exec(outcome.stderr)?.[1] ?? '';
    expect(outcome.code).toBe(0);
    expect(dump(aside).inbox_messages).toHaveLength(2);
    expect(dump(`${folder}/mirage.db`)).toEqual(dump(file));
    const again = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
    expect(await again.client(alice.token).auth.me.query()).toMatchObject({ username: 'alice' });
  });

  it('creates the database if it does not exist', async () => {
    const { file } = await backedUp();
    const folder = await temporaryFolder();
    expect(await runJson(['restore', file], { folder })).toEqual([{ file, before: null }]);
    expect(readdirSync(folder)).toEqual(['mirage.db', 'mirage.db.lock']);
  });

  it('refuses while a server uses the database', async () => {
    const { file, ...mirage } = await backedUp();
    const outcome = await runCommand(['restore', file, '--yes'], mirage);
    expect(outcome).toEqual(refused(/a server \(process \d+\) is using it/));
    expect(await mirage.alice.client.auth.me.query()).toMatchObject({ username: 'alice' });
    expect(readdirSync(mirage.folder).filter((name) => name.includes('restor'))).toEqual([]);
  });

  it('requires --yes without a terminal', async () => {
    const { file, folder, close } = await backedUp();
    await close();
    const before = folderState(folder);
    expect(await runCommand(['restore', file], { folder })).toEqual(
      refused(/Use --yes: there is no terminal/),
    );
    expect(folderState(folder)).toEqual(before);
  });

  it.each<[string, RegExp, (file: string) => string]>([
    ['does not exist', /there is no file/, (file) => `${file}.missing`],
    [
      'is not a database',
      /file is not a database/,
      (file) => {
        writeFileSync(file, 'These are notes.\n'.repeat(1000));
        return file;
      },
    ],
    [
      'is empty',
      /it is empty/,
      (file) => {
        writeFileSync(file, '');
        return file;
      },
    ],
    [
      'was cut off',
      /it is damaged/,
      (file) => {
        truncateSync(file, 4096 * 4);
        return file;
      },
    ],
    ['is of the original Mirage', /belongs to another program, or to the original Mirage/, () => sample],
    [
      'is of a newer Mirage',
      /newer than this version/,
      (file) => {
        const db = new Database(file);
        db.exec(
          `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '9999_later', 'now')`,
        );
        db.close();
        return file;
      },
    ],
  ])('refuses a file that %s, and changes nothing', async (_, message, spoil) => {
    const { file, folder, close } = await backedUp();
    await close();
    const given = spoil(file);
    const before = folderState(folder);
    expect(await runCommand(['restore', given, '--yes'], { folder })).toEqual(refused(message));
    expect(folderState(folder)).toEqual(before);
    expect(existsSync(`${folder}/mirage.db.sock`)).toBe(false);
  });

  it('migrates a backup of an older version at the next start', async () => {
    const [oldest = ''] = readdirSync(migrations).sort();
    const old = await temporaryFolder();
    cpSync(`${migrations}/${oldest}`, `${old}/migrations/${oldest}`, { recursive: true });
    const db = new Database(`${old}/backup.db`);
    migrateSqlite(db, `${old}/migrations`);
    db.exec("INSERT INTO users (username, email, password) VALUES ('alice', 'a@x', 'hash')");
    db.close();
    const folder = await temporaryFolder();
    expect(await runCommand(['restore', `${old}/backup.db`], { folder })).toMatchObject({ code: 0 });
    const list = await runCommand(['user', 'list'], { folder });
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining('alice') });
  });
});
