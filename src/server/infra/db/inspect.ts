import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { writeNothing } from './lock.ts';
import { listPendingMigrations } from './migrate.ts';

/**
 * Checks that a file is a database of this or an earlier version of Mirage, and lists its pending migrations. Changes
 * nothing. `thorough` adds a full integrity check. Throws a DatabaseError that names the problem.
 */
export function inspectDatabase(path: string, { thorough = false } = {}): { pending: string[] } {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
    try {
      const pending = listPendingMigrations(db);
      if (thorough && damageIn(db, 'integrity_check')) throw new Error('it is damaged');
      return { pending };
    } finally {
      db.close();
    }
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${path}: ${explain(cause as Error)}`, { cause }); // safe: the functions called throw Errors
  }
}

/** Larger files are not checked at each start, as that would take seconds. */
const maxBytesChecked = 256 * 1024 * 1024;

/** Checks that a file, if it exists, is intact and writable. Throws a DatabaseError; changes nothing. */
export function requireSound(path: string): void {
  if (!existsSync(path)) return;
  try {
    const db = new Database(path, { timeout: 2000 });
    try {
      const isChecked = statSync(path).size <= maxBytesChecked;
      if (isChecked) readInOrder(path);
      const found = isChecked ? damageIn(db, 'quick_check') : undefined;
      if (found) throw new Error(`it is damaged: ${found.replaceAll('\n', ' ')}`);
      // Fails now for a read-only file, instead of at the first write of a running server.
      db.exec('BEGIN IMMEDIATE');
      writeNothing(db);
      db.exec('ROLLBACK');
    } finally {
      db.close();
    }
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${path}: ${explain(cause as Error)}`, { cause }); // safe: the functions called throw Errors
  }
}

/** The check reads the pages of each table and index where they are; a disk gives them several times as fast in order. */
function readInOrder(path: string): void {
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(1024 * 1024);
    while (readSync(file, piece) > 0);
  } finally {
    closeSync(file);
  }
}

/** The first problem, except in the search index, which is rebuilt if it is broken. */
function damageIn(db: Database.Database, check: 'integrity_check' | 'quick_check'): string | undefined {
  const found = db.pragma(`${check}(20)`) as Record<string, string>[]; // safe: one column of text
  return found.flatMap((row) => Object.values(row)).find((text) => text !== 'ok' && !/fts5/i.test(text));
}

function explain(error: Error): string {
  const code = error instanceof Database.SqliteError ? error.code : '';
  if (code.startsWith('SQLITE_CORRUPT')) return 'it is damaged';
  if (code.startsWith('SQLITE_BUSY')) return 'it is locked by another program';
  return error.message;
}
