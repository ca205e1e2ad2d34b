/**
 * npm run bench:scale -- [--seconds 4] [--out bench/SCALE.md]
 * One, two and three servers with one Postgres (TEST_DATABASE_URL) and one Redis (TEST_REDIS_URL), in a schema and under a
 * prefix that are removed afterwards. Everything runs on this machine, including the load.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { WebSocket } from 'ws';
import { server } from './lib/built.ts';
import { keepBusy, quantiles } from './lib/lanes.ts';
import { cpuUsOf, type Node, rssOf, startNode } from './lib/nodes.ts';
import { type People, settle } from './lib/people.ts';
import { requestText } from './scenarios/http-load.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, out: { type: 'string' } },
});
const seconds = Number(values.seconds);
const senders = 24;
const listeners = 300;

const databaseUrl = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/test';
const redisUrl = process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
const name = `mirage_bench_${randomBytes(6).toString('hex')}`;
const withSchema = new URL(databaseUrl);
withSchema.searchParams.set('schema', name);
const env = {
  DATABASE_URL: withSchema.href,
  REDIS_URL: redisUrl,
  REDIS_PREFIX: `${name}:`,
  MAX_MESSAGES: '100000',
};

const redis = new Redis(redisUrl);
const postgres = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });
await postgres.connect();

/** CPU time of each part in microseconds, as far as it runs on this machine. */
async function cpu(nodes: Node[]) {
  const { rows } = await postgres.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'mirage'",
  );
  const info = await redis.info('cpu');
  const redisS = ['user', 'sys'].map((part) =>
    Number(new RegExp(`used_cpu_${part}:([\\d.]+)`).exec(info)?.[1]),
  );
  return {
    servers: cpuUsOf(nodes.map(({ pid }) => pid)),
    redis: redisS.reduce((a, b) => a + b, 0) * 1e6,
    postgres: cpuUsOf(rows.map(({ pid }) => pid)),
    load: process.cpuUsage().user + process.cpuUsage().system,
  };
}

async function costOf<T extends { count: number }>(nodes: Node[], work: () => Promise<T>) {
  const before = await cpu(nodes);
  const done = await work();
  const after = await cpu(nodes);
  const each = (part: keyof typeof before) => Math.round((after[part] - before[part]) / done.count);
  return {
    ...done,
    us: { servers: each('servers'), redis: each('redis'), postgres: each('postgres'), load: each('load') },
  };
}

const post = (path: string, token: string, body: object) =>
  requestText({ method: 'POST', path, token, body });

function send(nodes: Node[], { tokens, usernames, roomId }: People, kind: 'room' | 'inbox') {
  const lanes = Array.from({ length: senders }, (_, lane) => ({
    port: nodes[lane % nodes.length]?.port ?? 0,
    request:
      kind === 'room'
        ? post('/trpc/chat.sendMessage', tokens[lane] ?? '', { roomId, text: 'a typical long text' })
        : post('/trpc/inbox.sendMessage', tokens[lane] ?? '', {
            recipient: usernames[(lane + 1) % senders],
            text: 'a typical long text',
          }),
  }));
  return costOf(nodes, () => keepBusy(lanes, seconds));
}

/** Sends messages at a steady rate to subscribers that are spread over the servers. */
async function deliver(nodes: Node[], { tokens, roomId }: People) {
  const latencies: number[] = [];
  const before = nodes.map(({ pid }) => rssOf(pid));
  const sockets = await Promise.all(
    Array.from({ length: listeners }, (_, index) =>
      listen(nodes[index % nodes.length]?.port ?? 0, tokens[index % tokens.length] ?? '', roomId, (sentAt) =>
        latencies.push(performance.now() - sentAt),
      ),
    ),
  );
  const grown = nodes.reduce((sum, { pid }, index) => sum + rssOf(pid) - (before[index] ?? 0), 0);
  const measured = await costOf(nodes, async () => {
    const endAt = performance.now() + seconds * 1000;
    for (let turn = 0; performance.now() < endAt; turn += 1) {
      await fetch(`http://127.0.0.1:${nodes[turn % nodes.length]?.port}/trpc/chat.sendMessage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: tokens[0] ?? '' },
        body: JSON.stringify({ roomId, text: `at ${performance.now()}` }),
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { count: latencies.length, rate: latencies.length / seconds, ...quantiles(latencies) };
  });
  for (const socket of sockets) socket.terminate();
  return { ...measured, kbEach: Math.round(grown / listeners / 1024) };
}

function listen(port: number, token: string, roomId: number, onMessage: (sentAt: number) => void) {
  return new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc?connectionParams=1`);
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }));
      const params = { path: 'chat.onMessage', input: { roomId }, lastEventId: '999999999999999-0' };
      socket.send(JSON.stringify({ id: 1, method: 'subscription', params }));
    });
    socket.on('message', (data) => {
      const text = String(data);
      if (text.includes('"started"')) resolve(socket);
      for (const [, sentAt] of text.matchAll(/"at ([\d.]+)"/g)) onMessage(Number(sentAt));
    });
  });
}

/** What an idle server uses. */
async function idle(nodes: Node[]) {
  const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const [startCpu, start] = [cpuUsOf(nodes.map(({ pid }) => pid)), await commands()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const perNode = (value: number) => value / seconds / nodes.length;
  return {
    cpuPercent: perNode(cpuUsOf(nodes.map(({ pid }) => pid)) - startCpu) / 10_000,
    commands: perNode((await commands()) - start),
    rssMb: Math.round(nodes.reduce((sum, { pid }) => sum + rssOf(pid), 0) / nodes.length / 1e6),
  };
}

const setUp = await server.openDeps(server.loadConfig({ ...env, LOG_LEVEL: 'warn' }));
const people = await settle(setUp.deps, listeners);
await setUp.close();

const rows: string[] = [];
const notes: string[] = [];
const figure = (value: number) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
for (const count of [1, 2, 3]) {
  const nodes: Node[] = [];
  for (let index = 0; index < count; index += 1) nodes.push(await startNode(env));
  const { cpuPercent, commands, rssMb } = await idle(nodes);
  await send(nodes, people, 'room'); // warms up the compiler
  const kinds = [
    ['room message', await send(nodes, people, 'room')],
    ['inbox message', await send(nodes, people, 'inbox')],
    [`delivery to one of ${listeners}`, await deliver(nodes, people)],
  ] as const;
  const kb = kinds[2][1].kbEach;
  notes.push(`| ${count} | ${rssMb} | ${cpuPercent.toFixed(1)} | ${figure(commands)} | ${kb} |`);
  for (const [kind, { rate, p50Ms, p99Ms, us }] of kinds)
    rows.push(
      `| ${count} | ${kind} | ${figure(rate)} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ` +
        `${us.servers} | ${us.redis} | ${us.postgres} | ${us.load} |`,
    );
  for (const node of nodes) await node.stop();
}

const [{ version = '' } = {}] = (
  await postgres.query<{ version: string }>(
    "SELECT 'Postgres ' || current_setting('server_version') AS version",
  )
).rows;
const redisVersion = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1];

const text = `# What several servers cost

Generated by \`npm run bench:scale\`. ${senders} connections send, each its next message when the previous one is acknowledged;
then single messages go to ${listeners} subscribers, which are spread over the servers. The CPU columns are
microseconds for each message, and for each delivery in the last rows. Servers, Redis, Postgres and the load share the
machine: [docs/scaling.md](../docs/scaling.md) says what that means.

- ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, nothing pinned to a core
- ${version}, Redis ${redisVersion}

| servers | what | a second | p50 ms | p99 ms | CPU µs: servers | Redis | Postgres | load |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

At rest, for each server, and what a subscriber adds to its memory:

| servers | memory MB | CPU % | Redis commands a second | memory KB a subscriber |
|---|---|---|---|---|
${notes.join('\n')}
`;
if (values.out) writeFileSync(values.out, text);
else process.stdout.write(text);

for await (const keys of redis.scanStream({ match: `${name}:*`, count: 1000 }))
  if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
await postgres.query(`DROP SCHEMA IF EXISTS "${name}" CASCADE`);
await postgres.end();
redis.disconnect();
