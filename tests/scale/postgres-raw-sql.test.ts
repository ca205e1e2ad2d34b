import { expect, it, onTestFinished } from 'vitest';
import { Prisma } from '../../src/server/infra/db/generated/sqlite/client.ts';
import { isTaken } from '../../src/server/infra/db/is-taken.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { isUnavailable } from '../../src/server/infra/db/unavailable.ts';
import { freshSchema } from './support/services.ts';

async function setup() {
  const { url, query } = freshSchema();
  const { sql, close } = await openDb(url, { poolSize: 2 });
  onTestFinished(close);
  const prepared = async () => {
    const [row] = await sql<{ count: number }>(Prisma.sql`SELECT count(*) FROM pg_prepared_statements`);
    return row?.count ?? 0;
  };
  return { sql, query, prepared };
}

it('gives numbers and times as SQLite does, whatever the time zone of the process', async () => {
  const { sql } = await setup();
  const { TZ } = process.env;
  process.env.TZ = 'America/New_York';
  onTestFinished(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
  const at = new Date('2026-11-21T11:00:00.500Z');
  const [row] = await sql(Prisma.sql`
    SELECT 9007199254740991::bigint AS big, sum(half) AS sum, ${at}::timestamp AS at, ${at}::timestamptz AS zoned,
      timestamp '2026-11-21 11:00:00.5' AS same, NULL::bigint AS none
    FROM (VALUES (1.5), (2)) AS halves (half)`);
  expect(row).toEqual({ big: 9007199254740991, sum: 3.5, at, zoned: at, same: at, none: null });
});

it('keeps statements prepared, but not any number of them', async () => {
  const { sql, prepared } = await setup();
  const before = await prepared();
  expect(await prepared()).toBe(before);
  for (let index = 0; index < 400; index += 1)
    await sql(Prisma.sql`SELECT 1 AS ${Prisma.raw(`column_${index}`)}`);
  expect(await prepared()).toBeGreaterThan(before + 100);
  expect(await prepared()).toBeLessThanOrEqual(300);
});

it('runs a statement whose table a newer server has migrated', async () => {
  const { sql, query } = await setup();
  await query('CREATE TABLE sizes (size int)');
  await query('INSERT INTO sizes VALUES (5)');
  const read = () => sql(Prisma.sql`SELECT size FROM sizes`);
  expect(await read()).toEqual([{ size: 5 }]);
  await query('ALTER TABLE sizes ALTER COLUMN size TYPE text');
  expect(await read()).toEqual([{ size: '5' }]);
  expect(await read()).toEqual([{ size: '5' }]);
});

it('tells a name that is taken from a statement that is wrong, and neither from a database that is away', async () => {
  const { sql } = await setup();
  const add = () =>
    sql(Prisma.sql`INSERT INTO users (username, email, password) VALUES ('ada', 'ada@example.com', '')`);
  await add();
  const taken: unknown = await add().catch((error: unknown) => error);
  expect([isTaken(taken, 'username') || isTaken(taken, 'email'), isUnavailable(taken)]).toEqual([
    true,
    false,
  ]);
  const wrong: unknown = await sql(Prisma.sql`SELECT nothing`).catch((error: unknown) => error);
  expect([isTaken(wrong, 'username'), isUnavailable(wrong)]).toEqual([false, false]);
  const ended: unknown = await sql(Prisma.sql`SELECT pg_terminate_backend(pg_backend_pid())`).catch(
    (error: unknown) => error,
  );
  expect(isUnavailable(ended)).toBe(true);
});
