import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { CommandError, messageOf } from '../failure.ts';

export interface LegacyFile {
  /** Read-only, and within one transaction, so that all tables are consistent. */
  db: Database.Database;
  close(): void;
}

/** The columns each table must have. Others are optional. */
const needed: Record<string, string[]> = {
  users: ['id', 'username', 'email', 'password'],
  rooms: ['id', 'name'],
  room_members: ['id', 'room_id', 'username'],
  inbox_messages: ['id', 'sender', 'recipient', 'message'],
};

/**
 * Opens a database of the original for reading. Changes neither the file nor its folder. Throws a CommandError
 * with a one-line message if it is missing, locked, truncated, corrupt or not a legacy database.
 */
export function openLegacyFile(given: string): LegacyFile {
  const path = realPath(given);
  const opened = isWriteAheadLog(given, path) ? openCopy(given, path) : openInPlace(given, path);
  try {
    requireLegacyTables(given, opened.db);
    requireIntact(given, opened.db);
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

function realPath(given: string): string {
  try {
    const path = realpathSync(given);
    if (statSync(path).isFile()) return path;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'; // safe: thrown by the file system
    throw new CommandError(`cannot read ${given}: ${missing ? 'there is no such file' : messageOf(error)}`);
  }
  throw new CommandError(`cannot read ${given}: not a file`);
}

/** Determines from the file header whether a database uses a write-ahead log. */
function isWriteAheadLog(given: string, path: string): boolean {
  const header = Buffer.alloc(100);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    length = readSync(file, header);
    closeSync(file);
  } catch (error) {
    throw new CommandError(`cannot read ${given}: ${messageOf(error)}`);
  }
  if (length === 0) throw new CommandError(`${given} is empty`);
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0')
    throw new CommandError(`${given} is not an SQLite database`);
  if (length < header.length) throw new CommandError(`${given} is truncated`);
  return header[18] === 2 || header[19] === 2;
}

function openInPlace(given: string, path: string): LegacyFile {
  const db = open(given, path, { readonly: true });
  try {
    beginReading(db);
    return { db, close: () => void db.close() };
  } catch (error) {
    db.close();
    // A program crashed while writing. SQLite must roll its journal back first, which is done on a copy.
    if (/^SQLITE_(READONLY|CANTOPEN)/.test(codeOf(error)) && existsSync(`${path}-journal`))
      return openCopy(given, path);
    throw explain(given, error);
  }
}

/**
 * Copies a database that SQLite cannot read without writing to its folder, together with its log or journal. Throws if
 * another program writes to it meanwhile.
 */
function openCopy(given: string, path: string): LegacyFile {
  const folder = mkdtempSync(join(tmpdir(), 'mirage-import-'));
  const copy = join(folder, basename(path));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  try {
    const parts = ['', '-wal', '-journal'].filter((suffix) => existsSync(path + suffix));
    const before = parts.map((suffix) => stateOf(path + suffix));
    for (const suffix of parts) copyFileSync(path + suffix, copy + suffix);
    if (parts.some((suffix, index) => stateOf(path + suffix) !== before[index]))
      throw new CommandError(`${given} is being written to: stop the original Mirage first`);
    const db = open(given, copy, {});
    beginReading(db);
    return {
      db,
      close() {
        db.close();
        removeFolder();
        process.off('exit', removeFolder);
      },
    };
  } catch (error) {
    removeFolder();
    throw explain(given, error);
  }
}

function stateOf(path: string): string {
  const { ino, size, mtimeMs } = statSync(path);
  return `${ino} ${size} ${mtimeMs}`;
}

function open(given: string, path: string, options: Database.Options): Database.Database {
  try {
    return new Database(path, { timeout: 2000, fileMustExist: true, ...options });
  } catch (error) {
    throw explain(given, error);
  }
}

function beginReading(db: Database.Database): void {
  db.exec('BEGIN');
  db.prepare('SELECT count(*) FROM sqlite_master').get();
}

function requireLegacyTables(given: string, db: Database.Database): void {
  const tables = attempt(given, () =>
    db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all(),
  );
  if (tables.includes('_prisma_migrations'))
    throw new CommandError(`${given} is a database of this Mirage, not of the original`);
  for (const [table, columns] of Object.entries(needed)) {
    if (!tables.includes(table))
      throw new CommandError(`${given} is not a database of the original Mirage: it has no table ${table}`);
    const missing = columns.find((column) => !hasColumn(db, table, column));
    if (missing)
      throw new CommandError(
        `${given} is not a database of the original Mirage: its table ${table} has no column ${missing}`,
      );
  }
}

export function hasColumn(db: Database.Database, table: string, column: string): boolean {
  return db.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?').get(table, column) !== undefined;
}

function requireIntact(given: string, db: Database.Database): void {
  const verdict = attempt(given, () => db.pragma('quick_check(1)', { simple: true }));
  if (verdict !== 'ok')
    throw new CommandError(`${given} is corrupt or truncated: ${String(verdict).split('\n').at(-1)}`);
}

function attempt<T>(given: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw explain(given, error);
  }
}

const codeOf = (error: unknown): string => (error instanceof Database.SqliteError ? error.code : '');

function explain(given: string, error: unknown): unknown {
  const code = codeOf(error);
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code))
    return new CommandError(`${given} is locked by another program: stop the original Mirage first`);
  if (/^SQLITE_(CORRUPT|IOERR)/.test(code)) return new CommandError(`${given} is corrupt or truncated`);
  if (code === 'SQLITE_NOTADB') return new CommandError(`${given} is not an SQLite database`);
  return code === '' ? error : new CommandError(`cannot read ${given}: ${messageOf(error)}`);
}
