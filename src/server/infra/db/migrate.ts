import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { storedTime } from './raw-sql.ts';

export interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file's bytes, in hex, as Prisma records it. */
  checksum: string;
}

export interface AppliedMigration {
  migration_name: string;
  checksum: string;
  finished_at: unknown;
}

/** Prisma's own table, so that `prisma migrate deploy` can be used as well and finds nothing to do. */
const recordTable = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" TEXT PRIMARY KEY NOT NULL,
    "checksum" TEXT NOT NULL,
    "finished_at" DATETIME,
    "migration_name" TEXT NOT NULL,
    "logs" TEXT,
    "rolled_back_at" DATETIME,
    "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
  )`;

/** The relative path is the same in the sources and in the build. */
export const migrationsFolder = (provider: 'sqlite' | 'postgresql') =>
  join(import.meta.dirname, `../../../../prisma/${provider}/migrations/`);

/**
 * Applies the pending migrations in one transaction and returns their names. Throws for a database of another program
 * or of a newer version of Mirage, and leaves it unchanged.
 */
export function migrateSqlite(db: Database, folder = migrationsFolder('sqlite')): string[] {
  const known = readMigrations(folder);
  // Every command comes by here: a server that is writing is not kept waiting for nothing.
  if (isMigrated(db) && pendingMigrations(known, appliedMigrations(db)).length === 0) return [];
  // With foreign keys on, redefining a table deletes the rows that reference it. The pragma has no effect inside a
  // transaction.
  db.pragma('foreign_keys = OFF');
  try {
    return db
      .transaction(() => {
        refuseForeignDatabase(db);
        db.exec(recordTable);
        const pending = pendingMigrations(known, appliedMigrations(db));
        for (const migration of pending) apply(db, migration);
        if (pending.length > 0) refuseBrokenReferences(db);
        return pending.map(({ name }) => name);
      })
      .immediate();
  } finally {
    db.pragma('foreign_keys = ON');
  }
}

/** The names of the pending migrations. Throws as `migrateSqlite` does, and for a file without tables. */
export function listPendingMigrations(db: Database, folder = migrationsFolder('sqlite')): string[] {
  refuseForeignDatabase(db);
  if (!isMigrated(db)) throw new Error('it is empty');
  return pendingMigrations(readMigrations(folder), appliedMigrations(db)).map(({ name }) => name);
}

const isMigrated = (db: Database): boolean =>
  db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get() !== undefined;

export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const bytes = readFileSync(`${folder}/${name}/migration.sql`);
      return { name, sql: bytes.toString(), checksum: createHash('sha256').update(bytes).digest('hex') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function appliedMigrations(db: Database): AppliedMigration[] {
  return db
    .prepare<[], AppliedMigration>(
      'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
    )
    .all();
}

/** The migrations not applied yet. Throws if an applied migration is unknown, was changed since, or had failed. */
export function pendingMigrations(all: Migration[], applied: AppliedMigration[]): Migration[] {
  const known = new Map(all.map((migration) => [migration.name, migration]));
  for (const { migration_name: name, checksum, finished_at: finishedAt } of applied) {
    if (finishedAt === null) throw new Error(`migration ${name} failed earlier and must be repaired by hand`);
    const migration = known.get(name);
    if (!migration) throw new Error(`the database is newer than this version of Mirage: it contains ${name}`);
    if (migration.checksum !== checksum)
      throw new Error(`migration ${name} was changed after it was applied`);
    known.delete(name);
  }
  return [...known.values()];
}

function apply(db: Database, { name, sql, checksum }: Migration): void {
  const startedAt = storedTime(new Date());
  db.exec(sql);
  db.prepare(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES (?, ?, ?, ?, ?, 1)`,
  ).run(randomUUID(), checksum, name, startedAt, storedTime(new Date()));
}

function refuseForeignDatabase(db: Database): void {
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .pluck()
    .all();
  if (tables.length > 0 && !tables.includes('_prisma_migrations'))
    throw new Error('the database file belongs to another program, or to the original Mirage');
}

function refuseBrokenReferences(db: Database): void {
  const broken = db.pragma('foreign_key_check');
  if (Array.isArray(broken) && broken.length > 0)
    throw new Error(`a migration broke references: ${JSON.stringify(broken[0])}`);
}
