import { number, type Section, type Target, tableOf } from '../lib/report.ts';
import { type Figures, interleave, type Rounds, ratio, summary } from '../lib/series.ts';
import { type Crowd, deliver, gather, type PeerName, peers } from './crowd.ts';
import type { RunOptions } from './options.ts';

const names = Object.keys(peers) as PeerName[]; // safe: the object's own keys

export async function fanOut({ rounds, quick }: RunOptions): Promise<Section> {
  const size = quick ? 200 : 1000;
  const crowds = new Map<PeerName, Crowd>();
  for (const name of names) crowds.set(name, await gather(name, size));

  const inTurn = (messages: number, burst: number) =>
    interleave(
      Object.fromEntries(
        [...crowds].map(([name, crowd]) => [
          name,
          (): Promise<Figures> =>
            deliver(crowd, { messages: isStock(name) ? messages / 5 : messages, burst }),
        ]),
      ),
      rounds,
    );
  const single = await inTurn(200, 1);
  const burst = await inTurn(quick ? 1000 : 600, 20);
  for (const crowd of crowds.values()) await crowd.stop();

  return {
    title: `One room, ${size} subscribers`,
    method:
      'Tracked events in the protocol of the stock tRPC clients; the other servers send the same message in their own. It is ' +
      'published inside the server, first one message at a time, then in bursts of 20, each after the previous one has ' +
      'arrived. The latency is from before the message is stored until its bytes are read; in a burst it includes ' +
      'the messages before it. The last reader waits for all others, so it grows with the cost of a delivery.',
    tables: [tableFor('single', single), tableFor('burst of 20', burst)],
    targets: (['Mirage, WS', 'Mirage, SSE'] as const).flatMap((name) => targetsOf(name, single, burst)),
  };
}

const isStock = (name: PeerName) => name.startsWith('stock');

function tableFor(mode: string, rounds: Rounds) {
  const table = tableOf(rounds, [
    { head: 'CPU µs a delivery', figure: 'cpuUs' },
    { head: '÷ plain ws', figure: 'cpuUs', over: 'plain ws, one prebuilt frame' },
    { head: '÷ socket.io', figure: 'cpuUs', over: 'socket.io, room emit' },
    { head: 'deliveries/s', figure: 'rate' },
    { head: 'p50 µs', figure: 'p50Us' },
    { head: 'p99 µs', figure: 'p99Us' },
  ]);
  return { ...table, head: [mode, ...table.head.slice(1)] };
}

const memoryBound =
  "In the profile the kernel's write is two thirds of the time of Mirage and four fifths of that of plain ws. Its " +
  'cost depends on whether the reader on the ' +
  'other core is awake, which differs between equal crowds of one run: three of Mirage over WebSocket took 4.4, 5.9 and ' +
  '5.9 µs, next to plain ws at 4.5 µs. Our own part is as small as possible without Node' +
  "'s internals: one object with two fields between the topic reader and the socket, and one buffer for all sockets.";

function targetsOf(name: PeerName, single: Rounds, burst: Rounds): Target[] {
  const over = (rounds: Rounds, figure: string, reference: PeerName) =>
    ratio(rounds, figure, name, reference).median;
  const plain = 'plain ws, one prebuilt frame';
  const socketIo = 'socket.io, room emit';
  const most = (figure: string, atMost: number, reached: number): Target => ({
    figure: `${name}: ${figure}`,
    bound: { atMost },
    reached,
  });
  return [
    { ...most('single, CPU ÷ plain ws', 1.1, over(single, 'cpuUs', plain)), otherwise: memoryBound },
    {
      ...most('single, CPU ÷ socket.io', 0.8, over(single, 'cpuUs', socketIo)),
      otherwise: memoryBound,
    },
    most('burst, CPU ÷ socket.io', 0.35, over(burst, 'cpuUs', socketIo)),
    { ...most('burst, CPU a delivery', 2.5, summary(burst, name, 'cpuUs').median), unit: ' µs' },
    {
      ...most(
        `single, p99 ÷ socket.io (${number(summary(single, socketIo, 'p99Us').median)} µs)`,
        1,
        over(single, 'p99Us', socketIo),
      ),
      otherwise: memoryBound,
    },
    most(
      `burst, p99 ÷ socket.io (${number(summary(burst, socketIo, 'p99Us').median)} µs)`,
      1,
      over(burst, 'p99Us', socketIo),
    ),
  ];
}
