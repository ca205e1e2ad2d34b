import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { endBulkInsert } from '../../server/db/bulk-inbox.ts';
import { DatabaseError } from '../../server/db/database-error.ts';
import { migrateSqlite } from '../../server/db/migrate.ts';
import { messageOf } from '../failure.ts';

/** Enough that pages of indexes, which are written all over, mostly stay in memory between batches. */
const cacheKiB = 32 * 1024;
/** Of 4 KiB each. The log is copied back this seldom, since each page is written again and again. */
const pagesBeforeCheckpoint = 20_000;

/** Creates or migrates the database at `path`, and opens it for many writes. */
export function openTarget(path: string): Database.Database {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const db = new Database(path, { timeout: 5000 });
    try {
      migrateSqlite(db);
      endBulkInsert(db);
      db.pragma('journal_mode = WAL');
      // A power cut may cost the last batches, which the next run brings again.
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

/** A copy to try things on, in a folder of its own; `remove` takes both away. */
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
  // Without a log beside it, it is whole as it is, and opening it would leave one.
  if (!existsSync(`${from}-wal`)) return copyFileSync(from, to);
  const db = new Database(from, { readonly: true, timeout: 5000 });
  try {
    await db.backup(to);
  } finally {
    db.close();
  }
}
