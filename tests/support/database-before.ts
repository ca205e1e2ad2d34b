import { cpSync, readdirSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import { migrateSqlite, migrationsFolder } from '../../src/server/infra/db/migrate.ts';
import { temporaryFolder } from './harness.ts';

/** A folder with the migrations that came before one. */
export async function migrationsBefore(
  migration: string,
  provider: 'sqlite' | 'postgresql',
): Promise<string> {
  const older = `${await temporaryFolder()}/migrations`;
  cpSync(migrationsFolder(provider), older, { recursive: true });
  for (const name of readdirSync(older))
    if (/^\d/.test(name) && name >= migration) rmSync(`${older}/${name}`, { recursive: true });
  return older;
}

/** The path of a SQLite database as it was before a migration, filled by `sql`. */
export async function databaseBefore(migration: string, sql: string): Promise<string> {
  const path = `${await temporaryFolder()}/mirage.db`;
  const db = new Database(path);
  migrateSqlite(db, await migrationsBefore(migration, 'sqlite'));
  db.exec(sql);
  db.close();
  return path;
}
