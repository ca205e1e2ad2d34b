import { number, type Section } from '../lib/report.ts';
import { gather, type PeerName } from './crowd.ts';
import type { RunOptions } from './options.ts';

const warmUp = 200;
const names: PeerName[] = [
  'Mirage, WS',
  'Mirage, SSE',
  'plain ws, one prebuilt frame',
  'raw SSE, res.write',
  'socket.io, room emit',
];

interface Reading {
  /** KB of RSS per connection, before and after a garbage collection. */
  asIs: number;
  collected: number;
}

/** The cost of each further connection at these sizes. */
async function measure(name: PeerName, sizes: number[]): Promise<Reading[]> {
  const crowd = await gather(name, warmUp, { flags: ['--expose-gc'] });
  const { server } = crowd;
  const rss = async () => (await server.usage()).rssBytes;
  await server.call('collectGarbage');
  const empty = await rss();
  const readings: Reading[] = [];
  for (const size of sizes) {
    await crowd.join(size - crowd.size);
    const each = async () => ((await rss()) - empty) / 1024 / (size - warmUp);
    const asIs = await each();
    await server.call('collectGarbage');
    readings.push({ asIs, collected: await each() });
  }
  await crowd.stop();
  return readings;
}

export async function memory({ quick }: RunOptions): Promise<Section> {
  const sizes = quick ? [500, 2000] : [1000, 10_000];
  const results = new Map<PeerName, Reading[]>();
  for (const name of names) results.set(name, await measure(name, sizes));

  const largest = sizes.at(-1) ?? 0;
  const at = (name: PeerName) => results.get(name)?.at(-1)?.collected ?? Number.NaN;
  const head = sizes.flatMap((size) => [`${size.toLocaleString('en-US')}`, 'after collection']);
  return {
    title: 'Memory of a connection',
    method:
      `KB of resident memory of the server for each subscriber beyond the first ${warmUp}, right after connecting ` +
      'and after a garbage collection. One measurement, because memory hardly varies.',
    tables: [
      {
        head: ['', ...head],
        rows: [...results].map(([name, readings]) => [
          name,
          ...readings.flatMap(({ asIs, collected }) => [number(asIs), number(collected)]),
        ]),
      },
    ],
    targets: [
      {
        figure: `RSS of a subscriber over SSE, of ${largest}`,
        bound: { atMost: 25 },
        reached: at('Mirage, SSE'),
        unit: ' KB',
      },
      {
        figure: `RSS of a subscriber over WS, of ${largest}`,
        bound: { atMost: 50 },
        reached: at('Mirage, WS'),
        unit: ' KB',
      },
    ],
  };
}
