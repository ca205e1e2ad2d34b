import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';
import { inspectDatabase } from './inspect.ts';

const companions = ['', '-wal', '-shm'];

/**
 * Writes what the database holds at this moment to a file of its own, while a server may go on writing. The file appears
 * under its name only when it is whole and has been read back. Throws a DatabaseError.
 */
export function backupDatabase(path: string, file: string, { overwrite = false } = {}): void {
  const partial = `${file}.partial-${process.pid}`;
  try {
    rmSync(partial, { force: true });
    const db = new Database(path, { fileMustExist: true, timeout: 5000 });
    try {
      // One statement, so of one moment, whatever is written meanwhile.
      db.prepare('VACUUM INTO ?').run(partial);
    } finally {
      db.close();
    }
    chmodSync(partial, 0o600); // it holds what the database holds
    inspectDatabase(partial, { thorough: true });
    flush(partial);
    if (overwrite) renameSync(partial, file);
    else linkSync(partial, file); // unlike renaming, it fails where there is a file by now
    flush(dirname(file));
  } catch (cause) {
    throw new DatabaseError(`cannot write the backup ${file}: ${(cause as Error).message}`, { cause }); // safe: all that is called throws Errors
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * Puts a copy of a backup in the place of the database, which is kept under another name: that is returned, if there was
 * one. For when nobody uses the database. Throws a DatabaseError, before anything is changed, for a file that is damaged
 * or no database of Mirage.
 */
export function restoreDatabase(file: string, path: string, asideAs: string): string | undefined {
  const partial = `${path}.restoring-${process.pid}`;
  try {
    for (const companion of companions) rmSync(partial + companion, { force: true });
    copyFileSync(file, partial);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${partial}-wal`);
    inspectDatabase(partial, { thorough: true });
    settle(partial);
    const present = statSync(path, { throwIfNoEntry: false });
    if (present) giveTo(partial, present);
    for (const companion of companions)
      if (existsSync(path + companion)) renameSync(path + companion, asideAs + companion);
    renameSync(partial, path);
    flush(dirname(path));
    return present ? asideAs : undefined;
  } catch (cause) {
    const message = (cause as Error).message.replaceAll(partial, file); // safe: all that is called throws Errors
    throw new DatabaseError(`cannot restore ${file}: ${message}`, { cause });
  } finally {
    for (const companion of companions) rmSync(partial + companion, { force: true });
  }
}

/** To whom the present database belongs: often not to whoever restores. */
function giveTo(path: string, { mode, uid, gid }: Stats): void {
  const { uid: ownUid, gid: ownGid } = statSync(path);
  if (uid !== ownUid || gid !== ownGid) chownSync(path, uid, gid);
  chmodSync(path, mode & 0o777);
}

/** Takes what is in its log into the file itself, which may then be moved alone. */
function settle(path: string): void {
  const db = new Database(path);
  try {
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
  chmodSync(path, 0o600);
  flush(path);
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
