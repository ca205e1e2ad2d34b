import { closeSync, existsSync, fchmodSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { endBulkInsert } from './bulk-inbox.ts';
import type { OpenDb } from './database.ts';
import { DatabaseError } from './database-error.ts';
import { databaseFile, isDatabaseFile } from './database-file.ts';
import { PrismaClient } from './generated/sqlite/client.ts';
import { sqliteInbox } from './inbox-statements.ts';
import { sqliteKept } from './kept-statements.ts';
import { migrateSqlite } from './migrate.ts';
import { backupBeforeMigration } from './migration-backup.ts';
import { runAlone } from './run-alone.ts';
import { lockTimeoutMs, pragmas, SafeSqlite } from './safe-sqlite.ts';
import { createSqliteRawSql } from './sqlite-raw-sql.ts';
import { createTransactionGate } from './transaction-gate.ts';
import type { FailureListener } from './unavailable.ts';

interface OpenDbOptions {
  /** The maximum number of connections, for Postgres. */
  poolSize?: number;
  /** For commands on Postgres: fails if migrations are pending, as servers of an older version may be using the database. */
  leavesSchema?: boolean;
  /** Called with each DatabaseUnavailable, in addition to it being thrown to the caller. */
  onFailure?: FailureListener;
}

/** Applies pending migrations and connects. Throws a DatabaseError. */
export async function openDb(
  url: string,
  { poolSize = 10, leavesSchema = false, onFailure }: OpenDbOptions = {},
): Promise<OpenDb> {
  if (isDatabaseFile(url)) return openSqlite(url, onFailure);
  // Imported on demand, as SQLite needs no Postgres driver.
  const { openPostgres } = await import('./open-postgres.ts');
  return openPostgres(url, { poolSize, leavesSchema });
}

/** Creates the file if it does not exist. */
async function openSqlite(url: string, onFailure: FailureListener = () => {}): Promise<OpenDb> {
  const path = databaseFile(url);
  const migrations = prepareFile(path);

  // There is one connection, so transactions queue under load; Prisma's default timeout of 2 s would fail them.
  const transactionOptions = { maxWait: 30_000, timeout: 30_000 };
  const gate = createTransactionGate();
  const db = new PrismaClient({ adapter: new SafeSqlite(path, gate, onFailure), transactionOptions });
  const file = new Database(path, { timeout: lockTimeoutMs });
  await runAlone(() => file.exec(pragmas), gate, onFailure);
  const sql = createSqliteRawSql(file, gate, onFailure);
  return {
    db,
    sql,
    migrations,
    inbox: sqliteInbox(sql),
    kept: sqliteKept(sql),
    async close() {
      await db.$disconnect();
      file.close();
    },
  };
}

/** Throws a DatabaseError that names the file and the problem. */
function prepareFile(path: string): string[] {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) createPrivateFile(path);
    const file = new Database(path, { timeout: 2000 });
    try {
      backupBeforeMigration(file, path);
      const migrations = migrateSqlite(file);
      endBulkInsert(file);
      return migrations;
    } finally {
      file.close();
    }
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${path}: ${(cause as Error).message}`, { cause }); // safe: the functions called throw Errors
  }
}

/** Only its owner may read it, whatever the umask. SQLite gives the files beside it the same mode. */
function createPrivateFile(path: string): void {
  const file = openSync(path, 'a', 0o600);
  fchmodSync(file, 0o600);
  closeSync(file);
}
