import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';
import {
  type AppliedMigration,
  type Migration,
  migrationsFolder,
  pendingMigrations,
  readMigrations,
} from './migrate.ts';

/** Prisma's own table, as Prisma creates it on Postgres. */
const recordTable = `
  CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`;

/** The advisory lock for migrations; an arbitrary number that no other program uses. */
const lockKey = 778_243_105;

/**
 * Applies the pending migrations to the schema in one transaction, and returns their names. If several servers start at
 * once, one migrates while the others wait.
 */
export async function migratePostgres(
  client: ClientBase,
  schema: string,
  folder = migrationsFolder('postgresql'),
): Promise<string[]> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
    await createSchema(client, schema);
    await refuseForeignSchema(client, schema);
    await client.query(recordTable);
    const pending = pendingMigrations(readMigrations(folder), await appliedMigrations(client));
    for (const migration of pending) await apply(client, migration);
    await client.query('COMMIT');
    return pending.map(({ name }) => name);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // the first error is the one to report
    throw error;
  }
}

/** Throws if migrations are pending; changes nothing. */
export async function requireMigratedPostgres(
  client: ClientBase,
  schema: string,
  folder = migrationsFolder('postgresql'),
): Promise<never[]> {
  await refuseForeignSchema(client, schema);
  const { rows } = await client.query<{ record: string | null }>('SELECT to_regclass($1) AS record', [
    `"${schema}"._prisma_migrations`,
  ]);
  if (!rows[0]?.record) throw new Error('it is empty; `mirage serve` creates the tables');
  if (pendingMigrations(readMigrations(folder), await appliedMigrations(client)).length > 0)
    throw new Error('it needs migrations: start a server of this version first');
  return [];
}

async function appliedMigrations(client: ClientBase): Promise<AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  );
  return rows;
}

/** Checks first, because CREATE SCHEMA requires a privilege even if the schema exists. */
async function createSchema(client: ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA "${schema}"`);
}

async function refuseForeignSchema(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ tablename: string }>(
    'SELECT tablename FROM pg_tables WHERE schemaname = $1',
    [schema],
  );
  if (rows.length > 0 && !rows.some(({ tablename }) => tablename === '_prisma_migrations'))
    throw new Error(`the schema ${schema} belongs to another program`);
}

async function apply(client: ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql);
  await client.query(
    `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}
