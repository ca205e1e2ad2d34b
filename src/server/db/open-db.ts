import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Prisma, PrismaClient } from '../generated/sqlite/client.ts';
import { DatabaseError } from './database-error.ts';
import { type InboxStatements, sqliteInbox } from './inbox-statements.ts';
import { migrateSqlite } from './migrate.ts';
import { SafeSqlite } from './safe-sqlite.ts';

export type Db = PrismaClient;

export interface OpenDb {
  db: Db;
  /** The names of those that were applied. */
  migrations: string[];
  /** What differs from one database to the other. */
  inbox: InboxStatements;
  close(): Promise<void>;
}

/** Applies what migrations are missing, and connects. Throws a DatabaseError. */
export async function openDb(url: string, poolSize = 10): Promise<OpenDb> {
  if (url.startsWith('file:')) return openSqlite(url);
  // Only then, as the embedded database needs no driver for Postgres.
  const { openPostgres } = await import('./open-postgres.ts');
  return openPostgres(url, poolSize);
}

/** Creates the file where there is none. */
async function openSqlite(url: string): Promise<OpenDb> {
  const path = url.replace(/^file:/, '');
  const migrations = prepareFile(path);

  // There is one connection, so in a rush a transaction waits for its turn; by default Prisma gives up after 2 s.
  const transactionOptions = { maxWait: 30_000, timeout: 30_000 };
  const db = new PrismaClient({ adapter: new SafeSqlite(path), transactionOptions });
  await db.$connect();
  return { db, migrations, inbox: sqliteInbox(db), close: () => db.$disconnect() };
}

/** Throws a DatabaseError that says what is wrong with which file. */
function prepareFile(path: string): string[] {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = new Database(path, { timeout: 2000 });
    try {
      return migrateSqlite(file);
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
