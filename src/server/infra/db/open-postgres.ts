import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { withoutSecrets } from '../../core/config.ts';
import type { Db, OpenDb } from './database.ts';
import { DatabaseError } from './database-error.ts';
import { PrismaClient } from './generated/postgresql/client.ts';
import { postgresInbox } from './inbox-statements.ts';
import { postgresKept } from './kept-statements.ts';
import { migratePostgres, requireMigratedPostgres } from './migrate-postgres.ts';
import { createPostgresRawSql } from './postgres-raw-sql.ts';
import { type PostgresUrl, readPostgresUrl } from './postgres-url.ts';

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
  const read = readPostgresUrl(url);
  const { schema, isPooled } = read;
  const settings = {
    connectionString: read.connectionString,
    application_name: 'mirage',
    connectionTimeoutMillis: connectMs,
    ...settingsOfConnection(read),
  };
  const migrations = await prepareSchema(settings, url, async (client) => {
    if (isPooled) await requireDefaultSchema(client, schema);
    return leavesSchema ? requireMigratedPostgres(client, schema) : migratePostgres(client, schema);
  });

  const pool = new pg.Pool({
    ...settings,
    max: read.poolSize ?? poolSize,
    keepAlive: true,
    query_timeout: answerMs,
    ...(!isPooled && {
      statement_timeout: statementMs,
      idle_in_transaction_session_timeout: abandonedMs,
    }),
  });
  const adapter = new PrismaPg(pool, { schema, disposeExternalPool: true });
  const transactionOptions = { maxWait: connectMs, timeout: abandonedMs };
  const client = new PrismaClient({ adapter, transactionOptions });
  await client.$connect();
  // safe: both clients are generated from the same models, and no Postgres-only features are used
  const db = client as unknown as Db;
  const sql = createPostgresRawSql(db, pool, { isPooled });
  return {
    db,
    sql,
    migrations,
    inbox: postgresInbox(sql),
    kept: postgresKept(sql),
    close: () => client.$disconnect(),
  };
}

async function prepareSchema(
  settings: pg.ClientConfig,
  url: string,
  prepare: (client: pg.Client) => Promise<string[]>,
): Promise<string[]> {
  const client = new pg.Client(settings);
  client.on('error', () => {}); // the pending query rejects with the error as well
  try {
    await client.connect();
    return await prepare(client);
  } catch (cause) {
    const { message } = cause as Error; // safe: the functions called throw Errors
    const hint = /unsupported startup parameter/.test(message)
      ? ' (through PgBouncer, add ?pgbouncer=true)'
      : '';
    throw new DatabaseError(`cannot use the database ${withoutSecrets(url)}: ${message}${hint}`, { cause });
  } finally {
    await client.end().catch(() => {}); // it may never have been connected
  }
}

/** What is set for a connection as long as it lasts; a pooler would refuse it. */
function settingsOfConnection({ schema, options, isPooled }: PostgresUrl): { options?: string } {
  if (isPooled) return options === undefined ? {} : { options };
  return { options: `${options ?? ''} -c search_path="${schema}"`.trim() };
}

/** Behind a pooler the schema cannot be set for a connection, so it has to be the one that the role starts in. */
async function requireDefaultSchema(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ current: string | null; path: string }>(
    "SELECT current_schema()::text AS current, current_setting('search_path') AS path",
  );
  const [place] = rows;
  const first = place?.path.split(',')[0]?.trim().replaceAll('"', ''); // it may not exist yet
  if (place?.current !== schema && first !== schema)
    throw new Error(
      `with pgbouncer=true, the role must start in the schema ${schema}: ALTER ROLE … SET search_path = "${schema}"`,
    );
}
