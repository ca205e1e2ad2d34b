import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Prisma, PrismaClient } from '../generated/sqlite/client.ts';
import { endBulkInsert } from './bulk-inbox.ts';
import { DatabaseError } from './database-error.ts';
import { databaseFile, isDatabaseFile } from './database-file.ts';
import { type InboxStatements, sqliteInbox } from './inbox-statements.ts';
import { migrateSqlite } from './migrate.ts';
import type { RawSql } from './raw-sql.ts';
import { runAlone } from './run-alone.ts';
import { lockTimeoutMs, pragmas, SafeSqlite } from './safe-sqlite.ts';
import { createSqliteRawSql } from './sqlite-raw-sql.ts';
import { createTransactionGate } from './transaction-gate.ts';
import type { FailureListener } from './unavailable.ts';

export type Db = PrismaClient;

export interface OpenDb {
  db: Db;
  sql: RawSql;
  /** The names of those that were missing and have been applied. */
  migrations: string[];
  /** What differs from one database to the other. */
  inbox: InboxStatements;
  close(): Promise<void>;
}

interface OpenDbOptions {
  /** Connections at a time, for a database that takes several. */
  poolSize?: number;
  /** Refuses a Postgres that lacks migrations and applies none, as servers that do not know them may be running on it. */
  leavesSchema?: boolean;
  /**
   * Learns of statements that the disk, the file or another process would not let through, besides their callers, who
   * get a DatabaseUnavailable.
   */
  onFailure?: FailureListener;
}

/** Applies what migrations are missing, and connects. Throws a DatabaseError. */
export async function openDb(
  url: string,
  { poolSize = 10, leavesSchema = false, onFailure }: OpenDbOptions = {},
): Promise<OpenDb> {
  if (isDatabaseFile(url)) return openSqlite(url, onFailure);
  // Only then, as the embedded database needs no driver for Postgres.
  const { openPostgres } = await import('./open-postgres.ts');
  return openPostgres(url, { poolSize, leavesSchema });
}

/** Creates the file where there is none. */
async function openSqlite(url: string, onFailure: FailureListener = () => {}): Promise<OpenDb> {
  const path = databaseFile(url);
  const migrations = prepareFile(path);

  // There is one connection, so in a rush a transaction waits for its turn; by default Prisma gives up after 2 s.
  const transactionOptions = { maxWait: 30_000, timeout: 30_000 };
  const gate = createTransactionGate();
  const db = new PrismaClient({ adapter: new SafeSqlite(path, gate, onFailure), transactionOptions });
  await db.$connect();
  const file = new Database(path, { timeout: lockTimeoutMs });
  await runAlone(() => file.exec(pragmas), gate, onFailure);
  const sql = createSqliteRawSql(file, gate, onFailure);
  return {
    db,
    sql,
    migrations,
    inbox: sqliteInbox(sql),
    async close() {
      await db.$disconnect();
      file.close();
    },
  };
}

/** Throws a DatabaseError that says what is wrong with which file. */
function prepareFile(path: string): string[] {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = new Database(path, { timeout: 2000 });
    try {
      const migrations = migrateSqlite(file);
      endBulkInsert(file);
      return migrations;
    } finally {
      file.close();
    }
  } catch (cause) {
    throw new DatabaseError(`cannot use the database ${path}: ${(cause as Error).message}`, { cause }); // safe: all that is called throws Errors
  }
}

/** Whether a write failed because `column` of that value exists already. */
export function isTaken(error: unknown, column: string): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') return false;
  const adapterError = error.meta?.driverAdapterError as
    | { cause?: { constraint?: { fields?: string[]; index?: string } } }
    | undefined;
  const { fields, index } = adapterError?.cause?.constraint ?? {};
  // SQLite names the columns, Postgres the index, which Prisma calls table_column_key.
  return fields?.includes(column) ?? index?.endsWith(`_${column}_key`) ?? false;
}
