import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { migrateSqlite, migrationsFolder } from '../../src/server/infra/db/migrate.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { temporaryFolder } from '../support/harness.ts';

const migrations = readdirSync(migrationsFolder('sqlite'))
  .filter((name) => !name.includes('.'))
  .sort();
const last = migrations.at(-1) ?? '';

/** A database that lacks the last migration. */
async function olderDatabase({ users }: { users: number }) {
  const folder = await temporaryFolder();
  const older = `${folder}/migrations`;
  cpSync(migrationsFolder('sqlite'), older, { recursive: true });
  rmSync(`${older}/${last}`, { recursive: true });
  const path = `${folder}/mirage.db`;
  const db = new Database(path);
  migrateSqlite(db, older);
  for (let user = 0; user < users; user += 1)
    db.prepare("INSERT INTO users (username, email, password) VALUES (?, ?, '')").run(`u${user}`, `e${user}`);
  db.close();
  return { folder, path };
}

const backupsIn = (folder: string) => readdirSync(folder).filter((name) => name.includes('.before-'));

it('backs up a database before migrating it, readable by its owner only', async () => {
  const { folder, path } = await olderDatabase({ users: 1 });
  const opened = await openDb(`file:${path}`);
  expect(opened.migrations).toEqual([last]);
  await opened.close();
  expect(backupsIn(folder)).toEqual([`mirage.db.before-${last}`]);
  expect(statSync(`${path}.before-${last}`).mode & 0o777).toBe(0o600);
  const backup = new Database(`${path}.before-${last}`, { readonly: true });
  expect(backup.prepare('SELECT username FROM users').pluck().all()).toEqual(['u0']);
  expect(backup.prepare('SELECT max(migration_name) FROM _prisma_migrations').pluck().get()).toBe(
    migrations.at(-2),
  );
  backup.close();

  rmSync(`${path}.before-${last}`);
  await (await openDb(`file:${path}`)).close();
  expect(backupsIn(folder)).toEqual([]);
});

it('keeps the last three backups', async () => {
  const { folder, path } = await olderDatabase({ users: 1 });
  for (const name of ['20200101_a', '20210101_b', '20220101_c']) writeFileSync(`${path}.before-${name}`, '');
  await (await openDb(`file:${path}`)).close();
  expect(backupsIn(folder).sort()).toEqual(
    ['20210101_b', '20220101_c', last].map((name) => `mirage.db.before-${name}`),
  );
});

it('makes no backup of a new database', async () => {
  const { folder, path } = await olderDatabase({ users: 0 });
  await (await openDb(`file:${path}`)).close();
  await (await openDb(`file:${folder}/new.db`)).close();
  expect(backupsIn(folder)).toEqual([]);
});
