import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * Takes an advisory lock on a database file and returns the function that releases it, or undefined if another process
 * holds it. Throws if the lock file cannot be used. The lock is a SQLite lock on the separate file `<file>.lock`, so the
 * operating system releases it if the process dies; other processes can still open the database itself.
 */
export function lockDatabase(given: string): (() => void) | undefined {
  mkdirSync(dirname(given), { recursive: true });
  const lock = new Database(`${realPath(given)}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    writeNothing(lock);
    return () => void lock.close();
  } catch (cause) {
    lock.close();
    if ((cause as { code?: string }).code === 'SQLITE_BUSY') return undefined; // safe: better-sqlite3 throws objects
    throw cause;
  }
}

/** Resolves links, so that every path to the file leads to the same lock. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

/** A write that changes nothing: only a write makes SQLite report a read-only file, and lock it. */
export function writeNothing(file: Database.Database): void {
  file.pragma(`user_version = ${file.pragma('user_version', { simple: true })}`);
}
