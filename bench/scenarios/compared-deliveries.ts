import type { Comparison } from '../compare.ts';
import { type Crowd, deliver, gather, type PeerName } from './crowd.ts';
import type { RunOptions } from './options.ts';

const size = 500;

/**
 * Equal crowds of one build differ by a fifth: most of a delivery is the kernel's write, whose cost depends on how soon the
 * reader on the other core wakes. So each build has several, which take turns.
 */
const crowdsOfBuild = 3;

/** A room with many subscribers, over either transport: single messages and bursts. */
export async function comparedDeliveries(baseline: string, _options: RunOptions): Promise<Comparison> {
  const pairs: Comparison['pairs'] = [];
  const crowds: Crowd[] = [];
  for (const transport of ['Mirage, WS', 'Mirage, SSE'] as const) {
    const ours: Crowd[] = [];
    const theirs: Crowd[] = [];
    for (let count = 0; count < crowdsOfBuild; count += 1) {
      ours.push(await gatherFor(transport));
      theirs.push(await gatherFor(transport, baseline));
    }
    crowds.push(...ours, ...theirs);
    for (const [mode, publication] of [
      ['single', { messages: 100, burst: 1 }],
      ['burst of 20', { messages: 2000, burst: 20 }], // cheap ones: of fewer, rounds of one build differ by a fifth
    ] as const)
      pairs.push({
        name: `${transport}, ${mode}, a delivery`,
        figure: 'cpuUs',
        ours: inTurn(ours, publication),
        baseline: inTurn(theirs, publication),
      });
  }
  return {
    pairs,
    async stop() {
      for (const crowd of crowds) await crowd.stop();
    },
  };
}

/** A crowd whose server has delivered some messages, so that its code is compiled. */
async function gatherFor(transport: PeerName, root?: string): Promise<Crowd> {
  const crowd = await gather(transport, size, root === undefined ? {} : { root });
  await deliver(crowd, { messages: 400, burst: 20 });
  return crowd;
}

/** Each call measures the next crowd. */
function inTurn(crowds: Crowd[], publication: Parameters<typeof deliver>[1]) {
  let turns = 0;
  return () => {
    const crowd = crowds[turns % crowds.length];
    if (!crowd) throw new Error('no crowds');
    turns += 1;
    return deliver(crowd, publication);
  };
}
