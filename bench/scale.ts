/**
 * npm run bench:scale                                  one, two and three servers with one Postgres and one Redis
 * npm run bench:scale -- --out bench/SCALE.md          writes the file
 * npm run bench:scale -- --baseline <git ref>          beside the build of that revision, round by round
 * npm run bench:scale -- --only room --servers 1,3     room, inbox, delivery
 * npm run bench:scale -- --rounds 3 --seconds 4
 * Uses TEST_DATABASE_URL and TEST_REDIS_URL. Everything runs on this machine, including the load.
 */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Cluster, openCluster, postgres, redis, versions } from './lib/cluster.ts';
import { markdownTable, number, spread, type Table } from './lib/report.ts';
import { buildRevision } from './lib/revision.ts';
import { type Figures, interleave, type Rounds, ratio, summary } from './lib/series.ts';
import { deliver, idle, listeners, send, senders } from './scenarios/cluster.ts';

type Name = 'room' | 'inbox' | 'delivery';

const scenarios: Record<
  Name,
  { title: string; measure(cluster: Cluster, seconds: number): Promise<Figures> }
> = {
  room: { title: 'room message', measure: send('room') },
  inbox: { title: 'inbox message', measure: send('inbox') },
  delivery: { title: `delivery to one of ${listeners}`, measure: deliver },
};

const { values } = parseArgs({
  options: {
    baseline: { type: 'string' },
    only: { type: 'string' },
    servers: { type: 'string', default: '1,2,3' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    out: { type: 'string' },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const counts = values.servers.split(',').map(Number);
const names = (values.only?.split(',') ?? Object.keys(scenarios)).map((name): Name => {
  if (!Object.hasOwn(scenarios, name))
    throw new Error(`unknown scenario ${name}: ${Object.keys(scenarios).join(', ')}`);
  return name as Name; // safe: it is one of them
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const { baseline } = values;
const baselineBuild = baseline === undefined ? undefined : pathToFileURL(buildRevision(baseline));
await postgres.connect();
const clusters = new Map([['ours', await openCluster(new URL('.', import.meta.url), listeners)]]);
if (baselineBuild) clusters.set('baseline', await openCluster(baselineBuild, listeners));

const costs: Table = {
  head: ['servers', 'what', 'a second', 'p50 ms', 'p99 ms', ...parts('CPU µs: servers'), 'load'],
  rows: [],
};
const ratios: Table = { head: ['servers', 'what', ...parts('CPU: servers')], rows: [] };
const idleServers: Table = {
  head: ['servers', 'memory MB', 'CPU %', 'Redis commands a second', 'memory KB a subscriber'],
  rows: [],
};

function parts(first: string): string[] {
  return [first, 'Redis', 'Postgres'];
}

/** Each of the clusters with the same measurement. */
const measuring = (name: Name, round: number) => {
  const entries = [...clusters].map(
    ([build, cluster]) => [build, () => scenarios[name].measure(cluster, seconds)] as const,
  );
  // Neither build always follows the other.
  return Object.fromEntries(round % 2 === 0 ? entries : entries.reverse());
};

for (const count of counts) {
  const [ours, ...others] = clusters.values();
  await ours?.start(count);
  const rest = ours && (await idle(ours, seconds));
  for (const other of others) await other.start(count);
  let kbEach = Number.NaN;
  for (const name of names) {
    process.stderr.write(`${count} ${count === 1 ? 'server' : 'servers'}, ${scenarios[name].title}\n`);
    const warmUp = measuring(name, 0);
    const { ours: first } = warmUp;
    const found = await interleave(
      {
        ...warmUp,
        // Only the first crowd takes new memory.
        ours: async () => {
          const figures = await first?.();
          kbEach = figures?.kbEach ?? kbEach;
          return figures ?? {};
        },
      },
      rounds,
      (round) => measuring(name, round),
    );
    costs.rows.push([String(count), scenarios[name].title, ...costCells(found)]);
    if (baseline !== undefined)
      ratios.rows.push([String(count), scenarios[name].title, ...ratioCells(found)]);
  }
  if (rest)
    idleServers.rows.push([
      String(count),
      number(Math.round(rest.rssMb)),
      number(rest.cpuPercent),
      number(rest.commands),
      number(Math.round(kbEach)),
    ]);
  for (const cluster of clusters.values()) await cluster.stop();
}

function costCells(found: Rounds): string[] {
  const cell = (figure: string) => number(summary(found, 'ours', figure).median);
  return ['rate', 'p50Ms', 'p99Ms', 'servers', 'redis', 'postgres', 'load'].map(cell);
}

function ratioCells(found: Rounds): string[] {
  return ['servers', 'redis', 'postgres'].map((figure) => {
    const before = summary(found, 'baseline', figure);
    return `${spread(ratio(found, figure, 'ours', 'baseline'))} of ${number(before.median)}`;
  });
}

const text = [
  '# What several servers cost',
  `Generated by \`npm run bench:scale\`. ${senders} connections send, each its next message when the previous one is acknowledged;
then single messages go to ${listeners} subscribers, which are spread over the servers. The CPU columns are
microseconds for each message, and for each delivery in the last rows: medians of ${rounds} rounds of ${seconds} s. Servers, Redis,
Postgres and the load share the machine: [docs/scaling.md](../docs/scaling.md) says what that means.`,
  `- ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, nothing pinned to a core
- ${await versions()}`,
  markdownTable(costs),
  ...(baseline === undefined
    ? []
    : [
        `The same beside the build of ${baseline}, which takes turns with this one within each round. Its CPU µs, and what part of them
this build takes: the median of the ratios within each round, and in brackets the lowest and the highest.`,
        markdownTable(ratios),
      ]),
  'At rest, for each server, and what a subscriber adds to its memory:',
  markdownTable(idleServers),
].join('\n\n');
if (values.out === undefined) process.stdout.write(`${text}\n`);
else writeFileSync(values.out, `${text}\n`);

for (const cluster of clusters.values()) await cluster.remove();
await postgres.end();
redis.disconnect();
