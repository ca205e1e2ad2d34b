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
 * Writes a consistent copy of the database to a file; a server may keep using the database meanwhile. The file gets its
 * name only once it is complete and has passed an integrity check. Throws a DatabaseError.
 */
export function backupDatabase(path: string, file: string, { overwrite = false } = {}): void {
  const partial = partialOf(file);
  try {
    copyInto(partial, path);
    nameCopy(partial, file, overwrite);
  } catch (cause) {
    throw notWritten(file, cause as Error); // safe: the functions called throw Errors
  } finally {
    rmSync(partial, { force: true });
  }
}

/**
 * As `backupDatabase`, and before the file gets its name `addFiles` copies what it refers to. It is called with another, newer copy
 * until it says that it has all.
 */
export async function backupWithFiles(
  path: string,
  file: string,
  { overwrite, addFiles }: { overwrite: boolean; addFiles(copy: string): Promise<boolean> },
): Promise<void> {
  const partial = partialOf(file);
  try {
    do copyInto(partial, path);
    while (!(await addFiles(partial)));
    nameCopy(partial, file, overwrite);
  } catch (cause) {
    throw notWritten(file, cause as Error); // safe: as above
  } finally {
    rmSync(partial, { force: true });
  }
}

const partialOf = (file: string) => `${file}.partial-${process.pid}`;

const notWritten = (file: string, cause: Error) =>
  new DatabaseError(`cannot write the backup ${file}: ${cause.message}`, { cause });

function nameCopy(partial: string, file: string, overwrite: boolean): void {
  flush(partial);
  if (overwrite) renameSync(partial, file);
  else linkSync(partial, file); // unlike renaming, this fails if the file exists by now
  flush(dirname(file));
}

function copyInto(partial: string, path: string): void {
  rmSync(partial, { force: true });
  const db = new Database(path, { fileMustExist: true, timeout: 5000 });
  try {
    // A single statement, so the copy is a consistent snapshot despite concurrent writes.
    db.prepare('VACUUM INTO ?').run(partial);
  } finally {
    db.close();
  }
  chmodSync(partial, 0o600); // it is as confidential as the database
  inspectDatabase(partial, { thorough: true });
}

/**
 * Replaces the database with a copy of a backup. The previous database is renamed to `asideAs`, which is returned if
 * there was one. No process may be using the database. Throws a DatabaseError, before changing anything, if the backup
 * is damaged or not a Mirage database.
 */
export function restoreDatabase(file: string, path: string, asideAs: string): string | undefined {
  const partial = `${path}.restoring-${process.pid}`;
  try {
    for (const companion of companions) rmSync(partial + companion, { force: true });
    copyFileSync(file, partial);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${partial}-wal`);
    inspectDatabase(partial, { thorough: true });
    checkpoint(partial);
    const present = statSync(path, { throwIfNoEntry: false });
    if (present) copyOwnership(partial, present);
    for (const companion of companions)
      if (existsSync(path + companion)) renameSync(path + companion, asideAs + companion);
    renameSync(partial, path);
    flush(dirname(path));
    return present ? asideAs : undefined;
  } catch (cause) {
    const message = (cause as Error).message.replaceAll(partial, file); // safe: the functions called throw Errors
    throw new DatabaseError(`cannot restore ${file}: ${message}`, { cause });
  } finally {
    for (const companion of companions) rmSync(partial + companion, { force: true });
  }
}

/** Copies owner and mode of the current database, whose owner is often not the user who restores it. */
function copyOwnership(path: string, { mode, uid, gid }: Stats): void {
  const { uid: ownUid, gid: ownGid } = statSync(path);
  if (uid !== ownUid || gid !== ownGid) chownSync(path, uid, gid);
  chmodSync(path, mode & 0o777);
}

/** Checkpoints the write-ahead log into the file, which can then be moved on its own. */
function checkpoint(path: string): void {
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
