import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { cpuUsOf, type Node } from './nodes.ts';
import type { People } from './people.ts';

const databaseUrl = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/test';
const redisUrl = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

export const redis = new Redis(redisUrl);
export const postgres = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });

/** Servers of one build, with users and a room, in a schema and under a prefix of their own. */
export interface Cluster {
  people: People;
  nodes: Node[];
  /** Starts that many servers, in place of those that run. */
  start(count: number): Promise<void>;
  stop(): Promise<void>;
  /** Stops the servers, and removes all that they have stored. */
  remove(): Promise<void>;
}

/** The compiled benchmark of a build: its own users and sessions are in the schema that its servers know. */
export async function openCluster(build: URL, userCount: number): Promise<Cluster> {
  const part = async (name: string): Promise<unknown> => import(new URL(`lib/${name}.js`, build).href);
  // safe: each is the module compiled from the file of that name, in a revision where it has these functions
  const { server } = (await part('built')) as Pick<typeof import('./built.ts'), 'server'>;
  const { settle } = (await part('people')) as typeof import('./people.ts');
  const { startNode } = (await part('nodes')) as typeof import('./nodes.ts');

  const name = `mirage_bench_${randomBytes(6).toString('hex')}`;
  const withSchema = new URL(databaseUrl);
  withSchema.searchParams.set('schema', name);
  const env = {
    DATABASE_URL: withSchema.href,
    REDIS_URL: redisUrl,
    REDIS_PREFIX: `${name}:`,
    MAX_MESSAGES: '100000',
    FILES_URL: 'off',
  };
  const setUp = await server.openDeps(server.loadConfig({ ...env, LOG_LEVEL: 'warn' }));
  const people = await settle(setUp.deps, userCount);
  await setUp.close();

  const nodes: Node[] = [];
  const stop = async () => {
    for (const node of nodes.splice(0)) await node.stop();
  };
  return {
    people,
    nodes,
    async start(count) {
      await stop();
      while (nodes.length < count) nodes.push(await startNode(env));
    },
    stop,
    async remove() {
      await stop();
      for await (const keys of redis.scanStream({ match: `${name}:*`, count: 1000 }))
        if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
      await postgres.query(`DROP SCHEMA IF EXISTS "${name}" CASCADE`);
    },
  };
}

/** CPU µs of each part for one piece of work, as far as it runs on this machine. */
export type Cost = {
  servers: number;
  redis: number;
  /** Of the processes of connections that are still open. */
  postgres: number;
  load: number;
};

/** Does the work, and divides what it has cost by its count. */
export async function costOf<Done extends { count: number }>(
  nodes: Node[],
  work: () => Promise<Done>,
): Promise<Done & Cost> {
  const before = await readCpu(nodes);
  const done = await work();
  const after = await readCpu(nodes);
  const each = (us: number) => us / done.count;
  let postgresUs = 0;
  for (const [pid, us] of after.postgres) postgresUs += us - (before.postgres.get(pid) ?? 0);
  return {
    ...done,
    servers: each(after.servers - before.servers),
    redis: each(after.redis - before.redis),
    postgres: each(postgresUs),
    load: each(after.load - before.load),
  };
}

async function readCpu(nodes: Node[]) {
  const { rows } = await postgres.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'mirage'",
  );
  const info = await redis.info('cpu');
  const seconds = ['user', 'sys'].map((part) =>
    Number(new RegExp(`used_cpu_${part}:([\\d.]+)`).exec(info)?.[1]),
  );
  const { user, system } = process.cpuUsage();
  return {
    servers: cpuUsOf(nodes.map(({ pid }) => pid)),
    redis: seconds.reduce((a, b) => a + b, 0) * 1e6,
    postgres: new Map(rows.map(({ pid }) => [pid, cpuUsOf([pid])])),
    load: user + system,
  };
}

/** What these figures were taken with. */
export async function versions(): Promise<string> {
  const { rows } = await postgres.query<{ version: string }>(
    "SELECT current_setting('server_version') AS version",
  );
  const redisVersion = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1];
  return `Postgres ${rows[0]?.version}, Redis ${redisVersion}`;
}
