import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Prisma, PrismaClient } from '../generated/sqlite/client.ts';
import { migrateSqlite } from './migrate.ts';
import { SafeSqlite } from './safe-sqlite.ts';

export type Db = PrismaClient;

/** Creates the file where there is none, applies what migrations are missing, and connects. */
export async function openDb(url: string): Promise<{ db: Db; migrations: string[]; close(): Promise<void> }> {
  const path = url.replace(/^file:/, '');
  mkdirSync(dirname(path), { recursive: true });

  const file = new Database(path, { timeout: 2000 });
  let migrations: string[];
  try {
    migrations = migrateSqlite(file);
  } finally {
    file.close();
  }

  const db = new PrismaClient({ adapter: new SafeSqlite(path) });
  await db.$connect();
  return { db, migrations, close: () => db.$disconnect() };
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
