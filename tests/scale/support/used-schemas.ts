import { openDb } from '../../../src/server/infra/db/open-db.ts';
import { schemaForFile } from './services.ts';

type Schema = ReturnType<typeof schemaForFile>;

/** Schemas as Mirage creates them, emptied after each test: to create and to remove one would take half the time of many tests. */
const free: (Schema & { empty: string })[] = [];

/** The URL of a schema with empty tables. `giveBack` is to be called once nothing is connected to it any more. */
export async function takeSchema(): Promise<{ url: string; giveBack(): Promise<void> }> {
  const schema = free.pop() ?? (await prepare(schemaForFile()));
  // What is tested is never that Postgres keeps its promises when it crashes: those tests start one of their own.
  const url = new URL(schema.url);
  url.searchParams.set('options', '-c synchronous_commit=off');
  return {
    url: url.href,
    async giveBack() {
      await schema.query(schema.empty);
      free.push(schema);
    },
  };
}

async function prepare(schema: Schema): Promise<(typeof free)[number]> {
  await (await openDb(schema.url)).close();
  const tables = await names(
    schema,
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = '${schema.schema}'`,
  );
  // Migrations add rows, too: their numbers must not be given again.
  const sequences = await schema.query(
    `SELECT sequencename AS name, COALESCE(last_value, 1) AS last, last_value IS NOT NULL AS used
     FROM pg_sequences WHERE schemaname = '${schema.schema}'`,
  );
  const filled = await Promise.all(
    tables
      .filter((table) => table !== '_prisma_migrations')
      .map(async (table) => {
        const [found] = await schema.query(`SELECT json_agg(t)::text AS rows FROM "${table}" t`);
        const rows = found?.rows as string | null; // safe: it is a text
        return `DELETE FROM "${table}";${rows === null ? '' : `INSERT INTO "${table}" SELECT * FROM json_populate_recordset(NULL::"${table}", '${rows}');`}`;
      }),
  );
  const empty = [
    // Without triggers and foreign keys, so that the order does not matter.
    'SET session_replication_role = replica;',
    ...filled,
    ...sequences.map(({ name, last, used }) => `SELECT setval('"${name}"', ${last}, ${used});`),
  ].join('\n');
  return { ...schema, empty };
}

async function names({ query }: Schema, sql: string): Promise<string[]> {
  return (await query(sql)).map(({ name }) => String(name));
}
