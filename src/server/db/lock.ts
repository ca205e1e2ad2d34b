import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';

/**
 * Makes this process the only one that may change all of a database file, until the function it gives is called; others
 * may still open it. The lock is one of SQLite's on a file of its own, `<file>.lock`, so that the operating system takes
 * it away from whoever dies. Gives undefined where another process has it, and throws where there can be none.
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

/** The same for every spelling of a path, and whichever links lead there. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}

/** Changes nothing. Of a file that may only be read, SQLite would say so no sooner, and lock it against nobody. */
export function writeNothing(file: Database.Database): void {
  file.pragma(`user_version = ${file.pragma('user_version', { simple: true })}`);
}
