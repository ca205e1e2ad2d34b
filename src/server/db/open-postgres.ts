import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { withoutSecrets } from '../config.ts';
import { type Prisma, PrismaClient } from '../generated/postgresql/client.ts';
import { DatabaseError } from './database-error.ts';
import { postgresInbox } from './inbox-statements.ts';
import { migratePostgres, requireMigratedPostgres } from './migrate-postgres.ts';
import type { Db, OpenDb } from './open-db.ts';
import type { RawSql } from './raw-sql.ts';

/**
 * No call waits longer, whatever has become of the database: for a free connection or a new one; for the server to
 * give up a statement; for the server to say so. A transaction that its owner has left lets go of its locks.
 */
const connectMs = 3000;
const statementMs = 5000;
const answerMs = 6000;
const abandonedMs = 10_000;

/** Many servers may share one database. */
export async function openPostgres(
  url: string,
  { poolSize, leavesSchema }: { poolSize: number; leavesSchema: boolean },
): Promise<OpenDb> {
  const { connectionString, schema } = readUrl(url);
  const settings = {
    connectionString,
    options: `-c search_path="${schema}"`,
    application_name: 'mirage',
    connectionTimeoutMillis: connectMs,
  };
  const migrations = await prepareSchema(settings, url, (client) =>
    leavesSchema ? requireMigratedPostgres(client, schema) : migratePostgres(client, schema),
  );

  const adapter = new PrismaPg(
    {
      ...settings,
      max: poolSize,
      keepAlive: true,
      statement_timeout: statementMs,
      query_timeout: answerMs,
      idle_in_transaction_session_timeout: abandonedMs,
    },
    { schema },
  );
  const transactionOptions = { maxWait: connectMs, timeout: abandonedMs };
  const client = new PrismaClient({ adapter, transactionOptions });
  await client.$connect();
  // safe: both are generated from the same models; what only Postgres can do is not used
  const db = client as unknown as Db;
  const sql: RawSql = <Row>(statement: Prisma.Sql) => db.$queryRaw<Row[]>(statement);
  return { db, sql, migrations, inbox: postgresInbox(sql), close: () => client.$disconnect() };
}

async function prepareSchema(
  settings: pg.ClientConfig,
  url: string,
  prepare: (client: pg.Client) => Promise<string[]>,
): Promise<string[]> {
  const client = new pg.Client(settings);
  client.on('error', () => {}); // the query under way fails with it
  try {
    await client.connect();
    return await prepare(client);
  } catch (cause) {
    const { message } = cause as Error; // safe: all that is called throws Errors
    throw new DatabaseError(`cannot use the database ${withoutSecrets(url)}: ${message}`, { cause });
  } finally {
    await client.end().catch(() => {}); // it may never have been open
  }
}

/** `?schema=` is Prisma's way of naming one; Postgres itself would refuse the parameter. */
function readUrl(url: string): { connectionString: string; schema: string } {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema') ?? 'public';
  if (!/^[\w-]{1,63}$/.test(schema))
    throw new DatabaseError('the schema in DATABASE_URL must be letters, digits, _ and -');
  parsed.searchParams.delete('schema');
  return { connectionString: parsed.href, schema };
}
