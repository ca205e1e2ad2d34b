import type { Comparison } from '../compare.ts';
import { type Crowd, deliver, gather } from './crowd.ts';
import type { RunOptions } from './options.ts';

const size = 500;

/** A room with many subscribers, over either transport: single messages and bursts. */
export async function comparedDeliveries(baseline: string, _options: RunOptions): Promise<Comparison> {
  const pairs: Comparison['pairs'] = [];
  const crowds: Crowd[] = [];
  for (const transport of ['Mirage, WS', 'Mirage, SSE'] as const) {
    const ours = await gather(transport, size);
    const theirs = await gather(transport, size, { root: baseline });
    crowds.push(ours, theirs);
    for (const [mode, publication] of [
      ['single', { messages: 100, burst: 1 }],
      ['burst of 20', { messages: 2000, burst: 20 }], // cheap ones: of fewer, rounds of one build differ by a fifth
    ] as const)
      pairs.push({
        name: `${transport}, ${mode}, a delivery`,
        figure: 'cpuUs',
        ours: () => deliver(ours, publication),
        baseline: () => deliver(theirs, publication),
      });
  }
  return {
    pairs,
    async stop() {
      for (const crowd of crowds) await crowd.stop();
    },
  };
}
