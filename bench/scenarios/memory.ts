import { memoryReader, type Reading } from '../lib/connection-memory.ts';
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

/** The cost of each further connection at these sizes. */
async function measure(name: PeerName, sizes: number[]): Promise<Reading[]> {
  const crowd = await gather(name, warmUp, { flags: ['--expose-gc'] });
  const read = await memoryReader(crowd.server);
  const readings: Reading[] = [];
  for (const size of sizes) {
    await crowd.join(size - crowd.size);
    readings.push(await read(size - warmUp));
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
