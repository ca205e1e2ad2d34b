import { type Child, start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { type Figures, interleave, ratio, summary } from '../lib/series.ts';
import type { RunOptions } from './options.ts';

const capacities = [1_000, 10_000, 100_000, 1_000_000];
const nameOf = (capacity: number) => `capacity ${capacity.toLocaleString('en-US')}`;

export async function ring({ rounds, quick }: RunOptions): Promise<Section> {
  // One process each, because the garbage of one would be collected at the cost of the next.
  const servers = new Map<number, Child>();
  for (const capacity of capacities) servers.set(capacity, await start('server', 'servers/store.js'));
  const times = quick ? 300_000 : 2_000_000;
  const inTurn = (measure: (server: Child, capacity: number) => Promise<Figures>) =>
    interleave(
      Object.fromEntries(
        [...servers].map(([capacity, server]) => [nameOf(capacity), () => measure(server, capacity)]),
      ),
      rounds,
    );
  const appends = await inTurn((server, capacity) => server.call('append', { capacity, rooms: 1000, times }));
  const reads = await inTurn((server, capacity) =>
    server.call('read', { capacity, times: quick ? 20_000 : 100_000 }),
  );
  for (const server of servers.values()) await server.stop();

  const [least = '', , measured = '', most = ''] = capacities.map(nameOf);
  return {
    title: 'The store of room messages',
    method:
      'In process, awaiting each call as its callers do. Appending: 1,000 rooms, the store full, a clock that ' +
      'advances by a millisecond every 1,000 messages, and as many expire. Reading: the newest 50 of a room with 1,000 messages.',
    tables: [
      tableOf(appends, [
        { head: 'append + expire, per second', figure: 'rate' },
        { head: 'CPU ns each', figure: 'cpuNs' },
      ]),
      tableOf(reads, [{ head: 'reading 50, CPU µs', figure: 'cpuUs' }]),
    ],
    targets: [
      {
        figure: `append + expire a second, ${measured}`,
        bound: { atLeast: 2_000_000 },
        reached: summary(appends, measured, 'rate').median,
      },
      {
        figure: `reading 50: ${most} ÷ ${least}`,
        bound: { atMost: 1.5 },
        reached: ratio(reads, 'cpuUs', most, least).median,
      },
    ],
  };
}
