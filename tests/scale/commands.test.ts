import { expect, it } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { refused, runCommand, runJson } from '../support/command.ts';
import { temporaryFolder } from '../support/harness.ts';
import { freshPrefix, freshRedis, freshSchema, redisUrl } from './support/services.ts';

const on = async (url: string, env: Record<string, string> = {}) => ({
  folder: await temporaryFolder(),
  env: { DATABASE_URL: url, ...env },
});

it('applies no migration on Postgres, where older servers may be running', async () => {
  const { url, query } = freshSchema();
  const options = await on(url);
  expect(await runCommand(['user', 'list'], options)).toEqual(refused(/it is empty/));
  await (await openDb(url)).close();
  expect(await runJson(['user', 'list'], options)).toEqual([]);

  const [newest] = await query(
    'DELETE FROM _prisma_migrations WHERE migration_name = (SELECT max(migration_name) FROM _prisma_migrations) RETURNING *',
  );
  expect(newest).toBeDefined();
  const before = await query('SELECT * FROM _prisma_migrations');
  expect(await runCommand(['user', 'list'], options)).toEqual(refused(/it needs migrations/));
  expect(await query('SELECT * FROM _prisma_migrations')).toEqual(before);
});

it('does not change the presence records of servers', async () => {
  const { url } = freshSchema();
  await (await openDb(url)).close();
  const prefix = freshPrefix();
  const { commands } = await freshRedis();
  // Of a server that has died, which a living one is to notice and to tell the others.
  await commands.zadd(`${prefix}servers`, '1', 'dead');
  await runJson(['user', 'list'], await on(url, { REDIS_URL: redisUrl, REDIS_PREFIX: prefix }));
  expect(await commands.keys(`${prefix}*`)).toEqual([`${prefix}servers`]);
  expect(await commands.zrange(`${prefix}servers`, '0', '-1')).toEqual(['dead']);
});
