import { databasePath } from '../lib/folder.ts';
import { type Child, start } from '../lib/process.ts';
import { number, type Section, type Table } from '../lib/report.ts';
import { type Figures, interleave, type Rounds, summary } from '../lib/series.ts';
import { calls } from './calls.ts';
import { deliver, gather } from './crowd.ts';
import { openCalls } from './every-call.ts';
import type { RunOptions } from './options.ts';

const base = { rooms: 100, members: 100, capacity: 1000, inboxRows: 10_000 };

/** One quantity grows, the others stay constant. */
const curves: { what: keyof typeof base; sizes: number[] }[] = [
  { what: 'rooms', sizes: [10, 1000, 20_000] },
  { what: 'members', sizes: [10, 1000, 20_000] },
  { what: 'capacity', sizes: [100, 10_000, 500_000] },
  { what: 'inboxRows', sizes: [1000, 30_000, 1_000_000] },
];

const actions: [figure: string, head: string][] = [
  ['send', 'chat.sendMessage'],
  ['list', 'chat.listMessages, nothing new'],
  ['page', 'inbox page of 50'],
  ['store', 'inbox.sendMessage, one at a time'],
];

const count = (value: number) => value.toLocaleString('en-US');

export async function growth(options: RunOptions): Promise<Section> {
  const tables: Table[] = [];
  for (const { what, sizes } of curves) {
    const children = new Map<string, Child>();
    for (const size of options.quick ? sizes.slice(0, 2) : sizes)
      children.set(
        count(size),
        await start('server', 'servers/growth.js', {
          options: { ...base, [what]: size, databasePath: databasePath() },
        }),
      );
    const rounds = await inTurn(children, options);
    for (const child of children.values()) await child.stop();
    tables.push(tableOf(rounds, what));
  }
  tables.push(await subscribers(options));
  const growing = await everyCallGrowing(options);
  tables.push(growing.table);
  return {
    title: 'Growth',
    method:
      `CPU µs of an in-process call. Everything else stays at ${count(base.rooms)} rooms, ` +
      `${count(base.members)} members, ${count(base.capacity)} messages kept, ${count(base.inboxRows)} inbox rows. ` +
      'The calls at the end are made over HTTP; of those that hash a password, the hash itself is left out.',
    tables,
    targets: [
      {
        figure: 'CPU of all calls over HTTP, many other users ÷ few',
        bound: { atMost: 1.1 },
        reached: growing.ofAll,
      },
      { figure: 'the same, the worst call', bound: { atMost: 2 }, reached: growing.worst },
    ],
  };
}

function inTurn(children: Map<string, Child>, { rounds, quick }: RunOptions): Promise<Rounds> {
  const measure = (child: Child) => () => child.call<Figures>('costs', quick ? 1000 : 5000);
  return interleave(
    Object.fromEntries([...children].map(([name, child]) => [name, measure(child)])),
    Math.min(rounds, 3),
  );
}

function tableOf(rounds: Rounds, what: string): Table {
  const rows = [...rounds.keys()].map((name) => [
    name,
    ...actions.map(([figure]) => number(summary(rounds, name, figure).median)),
  ]);
  return { head: [what, ...actions.map(([, head]) => head)], rows };
}

/**
 * Each call over HTTP, with few other users, rooms and sessions and with many. Of those that hash a password, only the main thread
 * counts: what grew would not be seen beside the hash.
 */
async function everyCallGrowing(options: RunOptions) {
  const [few, many] = options.quick ? [10, 10_000] : [10, 100_000];
  const load = await start('load', 'load/calls.js');
  const measured = Object.entries(calls);
  const rounds: Rounds = new Map();
  const servers = [
    { others: few, server: await openCalls(load, options, few) },
    { others: many, server: await openCalls(load, options, many) },
  ];
  for (let round = -1; round < Math.min(options.rounds, 5); round += 1)
    for (const [name, call] of measured)
      for (const { others, server } of servers) {
        const cost = await server.measure(name, call);
        const cpuUs = call.hashes ? cost.mainThreadUs : cost.cpuUs;
        const key = `${name} ${others}`;
        if (round >= 0) rounds.set(key, [...(rounds.get(key) ?? []), { cpuUs }]);
      }
  for (const { server } of servers) await server.stop();
  await load.stop();

  const costOf = (name: string, others: number) => summary(rounds, `${name} ${others}`, 'cpuUs').median;
  const costs = measured.map(([name]) => ({ name, few: costOf(name, few), many: costOf(name, many) }));
  const total = (side: 'few' | 'many') => costs.reduce((sum, cost) => sum + cost[side], 0);
  return {
    table: {
      head: ['other users, rooms and sessions, CPU µs', count(few), count(many), 'ratio'],
      rows: costs.map((cost) => [
        cost.name,
        ...[cost.few, cost.many, cost.many / cost.few].map((figure) => number(figure)),
      ]),
    },
    ofAll: total('many') / total('few'),
    worst: Math.max(...costs.map((cost) => cost.many / cost.few)),
  };
}

/** Fan-out is linear in the number of deliveries, so the cost of each should stay constant. */
async function subscribers({ rounds, quick }: RunOptions): Promise<Table> {
  const rows: string[][] = [];
  for (const size of quick ? [50, 200] : [100, 1000, 4000]) {
    const row = [count(size)];
    for (const name of ['Mirage, WS', 'Mirage, SSE'] as const) {
      const crowd = await gather(name, size);
      const messages = Math.max(20, Math.round(100_000 / size / 20) * 20);
      for (const burst of [1, 20]) {
        const results = await interleave(
          { it: () => deliver(crowd, { messages, burst }) },
          Math.min(rounds, 3),
        );
        row.push(number(summary(results, 'it', 'cpuUs').median));
      }
      await crowd.stop();
    }
    rows.push(row);
  }
  const head = ['subscribers, CPU µs a delivery', 'WS single', 'WS burst', 'SSE single', 'SSE burst'];
  return { head, rows };
}
