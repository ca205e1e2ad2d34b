import pg from 'pg';
import { expect, it, onTestFinished, vi } from 'vitest';
import { migratePostgres } from '../../src/server/infra/db/migrate-postgres.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { createAccount } from '../../src/server/services/accounts/accounts.ts';
import { countUsers } from '../../src/server/services/accounts/users.ts';
import { removeAccount } from '../../src/server/services/departures/remove-account.ts';
import { runCommand, runJson } from '../support/command.ts';
import { migrationsBefore } from '../support/database-before.ts';
import { temporaryFolder } from '../support/harness.ts';
import { startCluster } from './support/cluster.ts';
import { connectionTo, freshSchema, queryOnce } from './support/services.ts';

async function connect(url: string) {
  const client = new pg.Client(connectionTo(url));
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** A migrated schema, how many users are counted in it, and connections of other programs. */
async function setup() {
  const { url, query } = freshSchema();
  const opened = await openDb(url);
  onTestFinished(() => opened.close());
  return { query, count: () => countUsers(opened), connection: () => connect(url) };
}

/** Fails where it would wait for long. */
const begin = "BEGIN; SET LOCAL lock_timeout = '5s'";

const add = (...names: string[]) =>
  `INSERT INTO users (username, email, password) VALUES ${names.map((name) => `('${name}', '${name}', '')`).join()}`;

it('is exact while accounts come and go at several servers', async () => {
  const { servers, place, api } = await startCluster([{}, {}, {}]);
  const accounts = Array.from({ length: 90 }, (_, index) => `user ${index}`);
  let most = 0;
  const lanes = servers.flatMap(({ deps }, node) =>
    [0, 1, 2].map(async (lane) => {
      for (let index = node * 3 + lane; index < accounts.length; index += 9) {
        const username = accounts[index] ?? '';
        await createAccount(deps, { username, email: username, passwordHash: 'x' });
        if (index % 2 === 1) await removeAccount(deps, { username });
        const counted = await api(node).users.count.query();
        most = Math.max(most, counted);
        expect(counted).toBeGreaterThan(0);
      }
    }),
  );
  await Promise.all(lanes);
  expect(most).toBeLessThanOrEqual(45 + 9);
  for (const node of [0, 1, 2]) expect(await api(node).users.count.query()).toBe(45);

  const folder = await temporaryFolder();
  const env = { DATABASE_URL: place.databaseUrl };
  await runJson(['user', 'add', 'ada', '--email', 'ada@x', '--generate'], { folder, env });
  expect(await runCommand(['user', 'delete', 'user 0', '--yes'], { folder, env })).toMatchObject({ code: 0 });
  expect(await api(1).users.count.query()).toBe(45);
  expect(await runJson(['stats'], { folder, env })).toMatchObject([{ users: 45 }]);
  const [rows] = await queryOnce(place.databaseUrl, 'SELECT count(*)::int AS rows FROM user_counts');
  expect(rows?.rows).toBeLessThan(20);
});

it('changes with the commit, and no transaction waits for another one', async () => {
  const { count, connection } = await setup();
  const [first, second] = [await connection(), await connection()];
  for (const client of [first, second]) await client.query(begin);
  await first.query(add('ada'));
  await second.query(add('bob'));
  await first.query(add('cy'));
  await second.query(add('dan', 'eve'));
  expect(await count()).toBe(0);
  await first.query('COMMIT');
  expect(await count()).toBe(2);
  await second.query('COMMIT');
  expect(await count()).toBe(5);
  for (const client of [first, second]) await client.query(begin);
  await first.query("DELETE FROM users WHERE username IN ('ada', 'bob')");
  await second.query("DELETE FROM users WHERE username = 'cy'");
  await second.query('ROLLBACK');
  await first.query('COMMIT');
  expect(await count()).toBe(3);
});

it('does not make those wait for ever who want the same names in another order', async () => {
  const { count, connection } = await setup();
  const [first, second] = [await connection(), await connection()];
  for (const client of [first, second]) await client.query(begin);
  await first.query(add('ada'));
  await second.query(add('bob'));
  const waiting = second.query(add('ada')).catch((error: unknown) => error);
  await first.query(add('cy'));
  await first.query('COMMIT');
  expect(await waiting).toMatchObject({ code: '23505' });
  await second.query('ROLLBACK');
  expect(await count()).toBe(2);
});

it('is touched once by a statement, however many accounts that adds or deletes', async () => {
  const { query, count, connection } = await setup();
  const client = await connection();
  /** How many rows have been changed by this connection. */
  const changed = async () => {
    const { rows } = await client.query<{ rows: number }>(
      `SELECT (n_tup_upd + n_tup_ins)::int AS rows FROM pg_stat_xact_user_tables WHERE relid = 'user_counts'::regclass`,
    );
    return rows[0]?.rows ?? 0;
  };
  const changes = async (sql: string) => {
    await client.query('BEGIN');
    const before = await changed(); // also those of transactions before this one
    await client.query(sql);
    const after = await changed();
    await client.query('COMMIT');
    return after - before;
  };
  const many = Array.from({ length: 1000 }, (_, index) => `user ${index}`);
  expect(await changes(add(...many))).toBe(1);
  expect(await changes(`${add('ada', 'user 5')} ON CONFLICT DO NOTHING`)).toBe(1);
  expect(await count()).toBe(1001);
  expect(await changes(`${add('ada')} ON CONFLICT (username) DO UPDATE SET description = 'x'`)).toBe(0);
  expect(await count()).toBe(1001);
  expect(await changes("DELETE FROM users WHERE username <> 'ada'")).toBe(1);
  expect(await count()).toBe(1);
  await query('TRUNCATE users');
  expect(await count()).toBe(0);
  await query(add('ada'));
  expect(await count()).toBe(1);
});

it('is right after the migration of a database that others are writing to', async () => {
  const { url, schema } = freshSchema();
  const [migrating, writing, later] = [await connect(url), await connect(url), await connect(url)];
  await migratePostgres(
    migrating,
    schema,
    await migrationsBefore('20261130031414_user_counts', 'postgresql'),
  );
  await writing.query(add('ada', 'bob'));
  await writing.query('BEGIN');
  await writing.query(add('cy'));
  const migrated = migratePostgres(migrating, schema);
  const waiters = async (expected: number) =>
    vi.waitFor(async () => {
      const { rows } = await writing.query<{ waiting: number }>(
        "SELECT count(*)::int AS waiting FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted",
      );
      expect(rows[0]?.waiting).toBe(expected);
    }, 10_000);
  await waiters(1);
  const added = later.query(add('dan')); // waits for the migration
  await waiters(2);
  await writing.query('COMMIT');
  expect(await migrated).toContain('20261130031414_user_counts');
  await added;
  const opened = await openDb(url);
  onTestFinished(() => opened.close());
  expect(await countUsers(opened)).toBe(4);
});
