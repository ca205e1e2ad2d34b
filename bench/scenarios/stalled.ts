import { number, type Section } from '../lib/report.ts';
import { median } from '../lib/series.ts';
import { deliver, gather, type PeerName } from './crowd.ts';
import type { RunOptions } from './options.ts';

const names: PeerName[] = ['Mirage, WS', 'Mirage, SSE', 'plain ws, one prebuilt frame', 'stock tRPC, WS'];
const size = 100;

/** More than the kernel buffers for a reader that does not read. */
const flood = { messages: 4000, burst: 20, length: 4000 };

const megabytes = (bytes: number) => bytes / 2 ** 20;

/** The others' latency with and without a stalled reader, and the server's memory before and after. */
interface Outcome {
  ratio: number;
  p99Us: number;
  peaksMb: [before: number, after: number];
}

async function measure(name: PeerName, rounds: number): Promise<Outcome> {
  // One more per round, because a reader that joins later would also get the room's history.
  const crowd = await gather(name, size - 1 + rounds);
  const p99 = async () => (await deliver(crowd, flood)).p99Us ?? Number.NaN;
  const peak = async () => megabytes((await crowd.server.usage()).peakRssBytes);

  /** With one reader stalled, which is disconnected afterwards, whether or not the server has done so. */
  async function beside(): Promise<number> {
    await crowd.load.call('stall');
    crowd.size -= 1; // the readers that deliveries are expected for
    const reached = await p99();
    await crowd.load.call('release');
    return reached;
  }

  for (let time = 0; time < 3; time += 1) await p99();
  const before = await peak();
  // The same processes with and without, because one pair of processes may be a fifth faster than another.
  const pairs: { none: number; some: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await p99() : undefined;
    const some = await beside();
    pairs.push({ none: first ?? (await p99()), some });
  }
  const peaksMb: Outcome['peaksMb'] = [before, await peak()];
  await crowd.stop();
  return {
    ratio: median(pairs.map(({ none, some }) => some / none)),
    p99Us: median(pairs.map(({ some }) => some)),
    peaksMb,
  };
}

export async function stalledReader({ rounds, quick }: RunOptions): Promise<Section> {
  const results = new Map<PeerName, Outcome>();
  // The 99th percentile of 200 bursts is the third worst, so many bursts are needed.
  for (const name of names) {
    const times = name.startsWith('Mirage') ? 3 * rounds : rounds;
    results.set(name, await measure(name, quick ? 1 : times));
  }
  return {
    title: 'A reader that stops reading',
    method:
      `${size - 1} subscribers and one more for each round, which stops reading its socket; messages of ` +
      '4,000 characters in bursts of 20, 16 MB a round for each reader. The latency is that of the others; the ' +
      "memory is the server's peak before a reader stalled, and at the end.",
    tables: [
      {
        head: ['', 'p99 µs of the others', '÷ without', 'peak MB before', 'peak MB at the end'],
        rows: [...results].map(([name, { ratio, p99Us, peaksMb }]) => [
          name,
          number(p99Us),
          number(ratio),
          ...peaksMb.map(number),
        ]),
      },
    ],
    targets: (['Mirage, WS', 'Mirage, SSE'] as const).map((name) => ({
      figure: `${name}: p99 of 99 readers beside a stalled one ÷ without it`,
      bound: { atMost: 1.1 },
      reached: results.get(name)?.ratio ?? Number.NaN,
      otherwise:
        'The 99th percentile of 200 bursts is the third worst of them, so it depends on a few; plain ws, which never ' +
        'disconnects a reader, is shown for comparison.',
    })),
  };
}
