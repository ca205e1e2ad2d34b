import { databasePath } from '../lib/folder.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import { number, type Section } from '../lib/report.ts';
import { planted } from '../lib/scale-rows.ts';
import { type Figures, interleave, summary } from '../lib/series.ts';
import { requestText } from './http-load.ts';
import { figureTables, measureLatency, named } from './latency.ts';
import type { RunOptions } from './options.ts';

/** A fifth of the rows is the reader's own; BENCH_ROWS sets how many there are at most. */
const rowsOf = ({ quick }: RunOptions) => Number(process.env.BENCH_ROWS ?? (quick ? 200_000 : 5_000_000));

const input = (value: object) => encodeURIComponent(JSON.stringify(value));

const actions: { name: string; path: string }[] = [
  { name: 'conversations', path: '/trpc/inbox.listConversations' },
  { name: 'page', path: '/trpc/inbox.listMessages' },
  { name: 'counts', path: '/trpc/inbox.countMessages' },
  ...planted.map(({ name, query }) => ({
    name: `search: ${name}`,
    path: `/trpc/inbox.search?input=${input({ query })}`,
  })),
];

/** The first search for something finds pages of the file that no cache has yet, as the first use of anything does. */
export async function inboxAtScale(options: RunOptions): Promise<Section> {
  const rows = rowsOf(options);
  const own = Math.round(rows / 5);
  const conversations = Math.min(10_000, Math.round(own / 100));
  const load = await start('load', 'load/latencies.js');
  const children = new Map<string, Child>();
  for (const total of [1.25 * own, 2.5 * own, rows].map(Math.round))
    children.set(
      `${total.toLocaleString('en-US')} rows`,
      await start('server', 'servers/inbox-at-scale.js', {
        options: { databasePath: databasePath(), own, conversations, total },
      }),
    );

  async function measure(server: Child): Promise<Figures> {
    const { tokens } = await server.call<People>('people');
    const figures: Figures = {};
    for (const { name, path } of actions) {
      const request = requestText({ method: 'GET', path, token: tokens[0] });
      Object.assign(figures, named(name, await measureLatency(load, server, request, options)));
    }
    return figures;
  }

  const rounds = await interleave(
    Object.fromEntries([...children].map(([name, child]) => [name, () => measure(child)])),
    Math.min(options.rounds, 3),
  );
  const names = [...children.keys()];
  const largest = names.at(-1) ?? '';
  const smallest = names[0] ?? '';
  const index: string[][] = [];
  for (const [name, child] of children) {
    const { cpuSeconds, bytes } = await child.call<{ cpuSeconds: number; bytes: number }>('index');
    index.push([name, number((1e6 * cpuSeconds) / own), number(bytes / own)]);
  }
  for (const child of [load, ...children.values()]) await child.stop();

  const worst = (kind: string) =>
    Math.max(
      ...actions
        .filter(({ name }) => name.startsWith('search') === (kind === 'search'))
        .map(({ name }) => summary(rounds, largest, `${name} p99`).median),
    );
  const growth = Math.max(
    ...actions.map(
      ({ name }) =>
        summary(rounds, largest, `${name} cpu`).median / summary(rounds, smallest, `${name} cpu`).median,
    ),
  );
  return {
    title: 'Inbox at scale',
    method:
      `A user with ${own.toLocaleString('en-US')} messages in ${conversations.toLocaleString('en-US')} conversations, among the ` +
      'messages of others, which grow. One caller over HTTP, on the other core. What is rare in her messages is frequent in those of others.',
    tables: [
      ...figureTables(
        rounds,
        actions.map(({ name }) => name),
        names,
      ),
      { head: ['the index', 'CPU µs for each message', 'bytes for each message'], rows: index },
    ],
    targets: [
      {
        figure: `conversations, page and counts at ${largest}, p99`,
        bound: { atMost: 20 },
        reached: worst('other'),
        unit: ' ms',
      },
      { figure: `search at ${largest}, p99`, bound: { atMost: 20 }, reached: worst('search'), unit: ' ms' },
      {
        figure: `CPU at ${largest} ÷ at ${smallest}, the worst`,
        bound: { atMost: 1.3 },
        reached: growth,
      },
    ],
  };
}
