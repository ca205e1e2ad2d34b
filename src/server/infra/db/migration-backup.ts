import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { backupDatabase } from './backup.ts';
import { listPendingMigrations } from './migrate.ts';

/** How many of these backups are kept. */
const kept = 3;

/**
 * Copies a database that is about to be migrated to a file beside it, named after the last migration to come and readable
 * only by its owner. Older backups beyond three are deleted. Does nothing for a database without accounts. Throws a
 * DatabaseError, for instance when the disk is full; then nothing has been migrated.
 */
export function backupBeforeMigration(db: Database, path: string): void {
  const hasAccounts =
    db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'users'").get() !== undefined &&
    db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get() !== undefined &&
    db.prepare('SELECT 1 FROM users LIMIT 1').get() !== undefined;
  const last = hasAccounts ? listPendingMigrations(db).at(-1) : undefined;
  if (last === undefined) return;
  const prefix = `${basename(path)}.before-`;
  backupDatabase(path, join(dirname(path), prefix + last), { overwrite: true });
  const backups = readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix) && !name.includes('.partial-'))
    .sort(); // the names of migrations begin with their time
  for (const name of backups.slice(0, -kept)) rmSync(join(dirname(path), name));
}
