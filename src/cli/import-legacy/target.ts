import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { endBulkInsert } from '../../server/infra/db/bulk-inbox.ts';
import { DatabaseError } from '../../server/infra/db/database-error.ts';
import { migrateSqlite } from '../../server/infra/db/migrate.ts';
import { messageOf } from '../failure.ts';

/** Large enough to keep most index pages, which are written in random order, in memory between batches. */
const cacheKiB = 32 * 1024;
/** Pages of 4 KiB. Checkpoints are rare because each page is rewritten many times. */
const pagesBeforeCheckpoint = 20_000;

/** Creates or migrates the database at `path` and opens it tuned for bulk writes. */
export function openTarget(path: string): Database.Database {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const db = new Database(path, { timeout: 5000 });
    try {
      migrateSqlite(db);
      endBulkInsert(db);
      db.pragma('journal_mode = WAL');
      // A power failure may lose the last batches, which the next run imports again.
      db.pragma('synchronous = NORMAL');
      db.pragma(`cache_size = -${cacheKiB}`);
      db.pragma(`wal_autocheckpoint = ${pagesBeforeCheckpoint}`);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** A copy for a dry run, in a folder of its own; `remove` deletes both. */
export async function copyForTrial(path: string): Promise<{ path: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'mirage-trial-'));
  const copy = join(folder, 'mirage.db');
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
    process.off('exit', remove);
  };
  process.once('exit', remove);
  try {
    if (existsSync(path)) await copyDatabase(path, copy);
  } catch (cause) {
    remove();
    throw new DatabaseError(`cannot read the database ${path}: ${messageOf(cause)}`, { cause });
  }
  return { path: copy, remove };
}

async function copyDatabase(from: string, to: string): Promise<void> {
  // Without a write-ahead log the file is complete, and opening it would create a log.
  if (!existsSync(`${from}-wal`)) return copyFileSync(from, to);
  const db = new Database(from, { readonly: true, timeout: 5000 });
  try {
    await db.backup(to);
  } finally {
    db.close();
  }
}
