import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { createLogger } from '../../../src/server/core/logger.ts';
import { openRedis, type RedisLink } from '../../../src/server/infra/redis/redis.ts';

/** Where tests find their services. In each they make a place of their own, which they remove in the end. */
export const databaseUrl = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/test';
export const redisUrl = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

/** What removes all that a run has left behind finds it by this. */
export const namesOfRun = () => `mirage_test_${process.env.TEST_RUN ?? process.pid}_`;

const unique = () => namesOfRun() + randomBytes(6).toString('hex');

/** The URL of an empty schema, for one test. */
export function freshSchema(url = databaseUrl): { url: string; schema: string; query: Query } {
  const { remove, ...schema } = schemaForFile(url);
  onTestFinished(remove);
  return schema;
}

/** The URL of an empty schema, which `remove` removes. */
export function schemaForFile(url = databaseUrl) {
  const schema = unique();
  const withSchema = new URL(url);
  withSchema.searchParams.set('schema', schema);
  const query: Query = (sql, values) => queryOnce(withSchema.href, sql, values);
  const remove = async () => void (await query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`));
  return { url: withSchema.href, schema, query, remove };
}

/** The URL of an empty database, for one test that is about what other transactions of its database keep from being removed. */
export async function freshDatabase(): Promise<string> {
  const name = unique();
  await queryOnce(databaseUrl, `CREATE DATABASE "${name}"`);
  onTestFinished(async () => void (await queryOnce(databaseUrl, `DROP DATABASE "${name}" WITH (FORCE)`)));
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export type Query = (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** A connection that is in the schema which the URL names, as Postgres itself takes it. */
export function connectionTo(url: string) {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema') ?? 'public';
  for (const ours of ['schema', 'options']) parsed.searchParams.delete(ours);
  return { connectionString: parsed.href, options: `-c search_path="${schema}"` };
}

export async function queryOnce(url: string, sql: string, values?: unknown[]) {
  const client = new pg.Client(connectionTo(url));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** A connection with a prefix of its own. */
export async function freshRedis(url = redisUrl): Promise<RedisLink> {
  const link = await openRedis({ url, prefix: freshPrefix(url) }, createLogger('silent'));
  onTestFinished(() => link.close());
  return link;
}

/** A prefix under which there is nothing, and will be nothing when the test has finished. */
export function freshPrefix(url = redisUrl): string {
  const prefix = `${unique()}:`;
  onTestFinished(async () => {
    const link = await openRedis({ url, prefix }, createLogger('silent'));
    await removeKeys(link);
    link.close();
  });
  return prefix;
}

/** Brings the end of every key under the prefix so much nearer, as Redis cannot be told another time. */
export async function passTime({ commands, prefix }: RedisLink, ms: number): Promise<void> {
  for (const key of await commands.keys(`${prefix}*`)) {
    const left = await commands.pttl(key);
    if (left > 0) await commands.pexpire(key, left - ms); // what has none left goes at once
  }
}

/** The URL of an empty folder, which is removed when the test has finished. */
export function filesFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mirage-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return `file:${folder}`;
}

export async function removeKeys({ commands, prefix }: RedisLink): Promise<void> {
  for await (const keys of commands.scanStream({ match: `${prefix}*`, count: 1000 }))
    if ((keys as string[]).length > 0) await commands.unlink(...(keys as string[]));
}
