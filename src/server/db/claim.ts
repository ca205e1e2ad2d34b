import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { pathOf } from './open-db.ts';

/**
 * Makes this process the only server of a database file until `release` is called, and looks through the file for
 * damage; other programs may still open it. The lock is one of SQLite's on a file of its own, `<file>.lock`, so that the
 * operating system takes it away from whoever dies. Throws a DatabaseError, and has then changed nothing.
 */
export function claimDatabase(url: string): { release(): void } {
  const given = pathOf(url);
  try {
    mkdirSync(dirname(given), { recursive: true });
    const path = realPath(given);
    const lock = takeLock(`${path}.lock`);
    try {
      if (existsSync(path)) requireSound(path);
    } catch (error) {
      lock.close();
      throw error;
    }
    return { release: () => void lock.close() };
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${given}: ${(cause as Error).message}`, { cause }); // safe: all that is called throws Errors
  }
}

/** The same for every spelling of a path, and whichever links lead there. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

function takeLock(path: string): Database.Database {
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    write(lock);
    return lock;
  } catch (cause) {
    lock.close();
    const { code } = cause as { code?: string }; // safe: better-sqlite3 throws objects
    throw code === 'SQLITE_BUSY' ? new Error('another server is using it', { cause }) : cause;
  }
}

/** That it is whole, and may be written. It reads the file once, about as fast as the disk gives it. */
function requireSound(path: string): void {
  const file = new Database(path, { timeout: 2000 });
  try {
    const found = file.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') throw new Error(`it is damaged: ${String(found).replaceAll('\n', ' ')}`);
    // Otherwise a server of a file that may only be read would start, and refuse whatever must be written.
    file.exec('BEGIN IMMEDIATE');
    write(file);
    file.exec('ROLLBACK');
  } finally {
    file.close();
  }
}

/** Changes nothing. Of a file that may only be read, SQLite would say so no sooner, and lock it against nobody. */
function write(file: Database.Database): void {
  file.pragma(`user_version = ${file.pragma('user_version', { simple: true })}`);
}
