import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { writeNothing } from './lock.ts';
import { listPendingMigrations } from './migrate.ts';

/**
 * Whether a file is a database of Mirage, of this version or one before it, and which migrations it still lacks. Changes
 * nothing; `thorough` reads all of it in search of damage. Throws a DatabaseError that says what is wrong with it.
 */
export function inspectDatabase(path: string, { thorough = false } = {}): { pending: string[] } {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
    try {
      const pending = listPendingMigrations(db);
      const verdict = thorough ? db.pragma('integrity_check(1)', { simple: true }) : 'ok';
      if (verdict !== 'ok') throw new Error('it is damaged');
      return { pending };
    } finally {
      db.close();
    }
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${path}: ${explain(cause as Error)}`, { cause }); // safe: all that is called throws Errors
  }
}

/** What is larger is not looked through at each start, which would take seconds. */
const maxBytesRead = 256 * 1024 * 1024;

/** That a file is whole, if it is there, and may be written. Throws a DatabaseError, and has then changed nothing. */
export function requireSound(path: string): void {
  if (!existsSync(path)) return;
  try {
    const db = new Database(path, { timeout: 2000 });
    try {
      const found = statSync(path).size > maxBytesRead ? 'ok' : db.pragma('quick_check(1)', { simple: true });
      if (found !== 'ok') throw new Error(`it is damaged: ${String(found).replaceAll('\n', ' ')}`);
      // Otherwise a server of a file that may only be read would start, and refuse whatever must be written.
      db.exec('BEGIN IMMEDIATE');
      writeNothing(db);
      db.exec('ROLLBACK');
    } finally {
      db.close();
    }
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${path}: ${explain(cause as Error)}`, { cause }); // safe: all that is called throws Errors
  }
}

function explain(error: Error): string {
  const code = error instanceof Database.SqliteError ? error.code : '';
  if (code.startsWith('SQLITE_CORRUPT')) return 'it is damaged';
  if (code.startsWith('SQLITE_BUSY')) return 'it is locked by another program';
  return error.message;
}
