import { databasePath } from '../lib/folder.ts';
import { type Child, start } from '../lib/process.ts';
import { number, type Section, type Table } from '../lib/report.ts';
import { type Figures, interleave, type Rounds, summary } from '../lib/series.ts';
import { deliver, gather } from './crowd.ts';
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
  return {
    title: 'Growth',
    method:
      `CPU µs of an in-process call. Everything else stays at ${count(base.rooms)} rooms, ` +
      `${count(base.members)} members, ${count(base.capacity)} messages kept, ${count(base.inboxRows)} inbox rows.`,
    tables,
    targets: [],
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
