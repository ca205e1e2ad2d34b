import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { migrateSqlite } from '../../src/server/infra/db/migrate.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { indexes, triggers } from '../support/database-parts.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';

const migrations = fileURLToPath(new URL('../../prisma/sqlite/migrations/', import.meta.url));

/** The folders of the migrations, which are their names. */
const names = readdirSync(migrations)
  .filter((name) => !name.includes('.'))
  .sort();

/** A database file made by `sql`, and its bytes. */
async function databaseOf(sql: string) {
  const path = `${await temporaryFolder()}/some.db`;
  const db = new Database(path);
  db.exec(sql);
  db.close();
  return { path, url: `file:${path}`, bytes: readFileSync(path) };
}

/** A migrated database that has data in it. */
async function usedDatabase() {
  const { close, deps, user, folder } = await startMirage();
  await user('alice');
  await close();
  return { path: `${folder}/mirage.db`, url: deps.config.databaseUrl };
}

function openFile(path: string) {
  const db = new Database(path);
  onTestFinished(() => void db.close());
  return db;
}

it('applies every migration to a fresh database, in folders that need not exist', async () => {
  const url = `file:${await temporaryFolder()}/a/b/mirage.db`;
  const opened = await openDb(url);
  onTestFinished(() => opened.close());
  expect(opened.migrations).toEqual(names);
  expect(await opened.db.user.count()).toBe(0);
});

it('ends with all indexes and triggers, whatever tables were made anew', async () => {
  const { path } = await usedDatabase();
  const named = openFile(path).prepare<[string], string>(
    'SELECT name FROM sqlite_master WHERE type = ? AND sql IS NOT NULL ORDER BY name',
  );
  expect(named.pluck().all('index')).toEqual(indexes.sqlite);
  expect(named.pluck().all('trigger')).toEqual(triggers.sqlite);
});

it('treats an empty file as a new database', async () => {
  const path = `${await temporaryFolder()}/mirage.db`;
  writeFileSync(path, '');
  const opened = await openDb(`file:${path}`);
  onTestFinished(() => opened.close());
  expect(opened.migrations).toEqual(names);
});

it('applies nothing at the second start, and keeps all data', async () => {
  const { url } = await usedDatabase();
  const opened = await openDb(url);
  onTestFinished(() => opened.close());
  expect(opened.migrations).toEqual([]);
  expect(await opened.db.user.count()).toBe(1);
});

it('applies every migration once for two concurrent starts', async () => {
  const url = `file:${await temporaryFolder()}/mirage.db`;
  const opened = await Promise.all([openDb(url), openDb(url)]);
  for (const { close } of opened) onTestFinished(close);
  expect(opened.flatMap((each) => each.migrations)).toEqual(names);
});

it('does not change a database whose migration was edited afterwards', async () => {
  const { path } = await usedDatabase();
  const bytes = readFileSync(path);
  const folder = await temporaryFolder();
  cpSync(migrations, folder, { recursive: true });
  writeFileSync(`${folder}/${names[0]}/migration.sql`, '-- edited\n', { flag: 'a' });

  const db = openFile(path);
  expect(() => migrateSqlite(db, folder)).toThrow(`migration ${names[0]} was changed after it was applied`);

  db.close();
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

it('applies all or nothing when a migration fails', async () => {
  const { path } = await usedDatabase();
  const bytes = readFileSync(path);
  const folder = await temporaryFolder();
  cpSync(migrations, folder, { recursive: true });
  cpSync(`${migrations}/${names[0]}`, `${folder}/99990101000000_broken`, { recursive: true });

  const db = openFile(path);
  expect(() => migrateSqlite(db, folder)).toThrow('already exists');

  db.close();
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

const strange: [what: string, message: RegExp, sql: string][] = [
  [
    'of a newer Mirage',
    /: the database is newer than this version of Mirage: it contains 99990101000000_later$/,
    `CREATE TABLE "_prisma_migrations" (id TEXT, checksum TEXT, finished_at DATETIME, migration_name TEXT,
       logs TEXT, rolled_back_at DATETIME, started_at DATETIME, applied_steps_count INTEGER);
     INSERT INTO "_prisma_migrations" VALUES ('1', 'x', 'now', '99990101000000_later', NULL, NULL, 'now', 1);`,
  ],
  [
    'whose migration failed halfway',
    /: migration 1_half failed earlier and must be repaired by hand$/,
    `CREATE TABLE "_prisma_migrations" (id TEXT, checksum TEXT, finished_at DATETIME, migration_name TEXT,
       logs TEXT, rolled_back_at DATETIME, started_at DATETIME, applied_steps_count INTEGER);
     INSERT INTO "_prisma_migrations" VALUES ('1', 'x', NULL, '1_half', NULL, NULL, 'now', 0);`,
  ],
  ['of another program', /belongs to another program/, 'CREATE TABLE bookmarks (id INTEGER, url TEXT);'],
  [
    'of another program, in WAL mode',
    /belongs to another program/,
    'PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (id INTEGER, url TEXT);',
  ],
  [
    'of the original Mirage',
    /belongs to .* the original Mirage/,
    `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE, email TEXT, password TEXT);
     CREATE TABLE tokens (token TEXT PRIMARY KEY, username TEXT);
     INSERT INTO users (username, email, password) VALUES ('alice', 'a@x', 'hash');`,
  ],
];

it.each(strange)('does not change a database %s, and reports the problem', async (_, message, sql) => {
  const { path, url, bytes } = await databaseOf(sql);
  await expect(openDb(url)).rejects.toThrow(message);
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

it('does not change a file that is not a database', async () => {
  const path = `${await temporaryFolder()}/notes.txt`;
  const text = 'These are the notes of somebody who mistyped DATABASE_URL.\n'.repeat(100);
  writeFileSync(path, text);
  await expect(openDb(`file:${path}`)).rejects.toThrow('file is not a database');
  expect(readFileSync(path, 'utf8')).toBe(text);
});
