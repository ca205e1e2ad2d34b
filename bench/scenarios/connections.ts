import { setTimeout } from 'node:timers/promises';
import { server as built, timing } from '../lib/built.ts';
import { memoryReader } from '../lib/connection-memory.ts';
import { databasePath } from '../lib/folder.ts';
import { storedIn } from '../lib/mirage.ts';
import { addRoom, addUsers } from '../lib/people.ts';
import { start } from '../lib/process.ts';
import { number, type Section, type Target } from '../lib/report.ts';
import { type Audience, add, deliver, mirage } from './crowd.ts';
import type { RunOptions } from './options.ts';
import { type Restart, type RoomOfMembers, restart } from './restart.ts';

const roomSize = 500;
const count = (value: number) => value.toLocaleString('en-US');

/** What many connections cost that are there. */
interface Load {
  kbEach: number;
  cpuUsEach: number;
  stallMs: number;
  p50Us: number;
  p99Us: number;
}

/** Users with a session each, in rooms of the same size. */
async function settle(path: string, users: number): Promise<RoomOfMembers[]> {
  const { deps, close } = await built.openDeps(
    built.loadConfig({ ...storedIn(path), RATE_LIMIT: 'off', LOG_LEVEL: 'warn' }),
  );
  const { usernames, tokens } = await addUsers(deps, users);
  const rooms: RoomOfMembers[] = [];
  for (let from = 0; from < users; from += roomSize) {
    const to = from + roomSize;
    const roomId = await addRoom(deps, `bench${from}`, usernames.slice(from, to));
    rooms.push({ roomId, tokens: tokens.slice(from, to) });
  }
  await close();
  return rooms;
}

/** The first room is the warm-up: what its members cost is left out, and later it is the one that gets messages. */
async function measure(
  protocolOf: (typeof mirage)['ws'],
  databasePath: string,
  rooms: RoomOfMembers[],
  { quick }: Pick<RunOptions, 'quick'>,
): Promise<Load> {
  const load = await start('load', 'load/subscribers.js');
  const server = await start('server', 'servers/mirage.js', {
    options: { databasePath, roomId: rooms[0]?.roomId },
    flags: ['--expose-gc'],
  });
  const everybody: Audience = { server, load, size: 0 };
  const join = async (some: RoomOfMembers[]) => {
    for (const { roomId, tokens } of some)
      await add(everybody, { protocol: protocolOf(roomId), tokens, count: tokens.length });
  };

  await join(rooms.slice(0, 1));
  const readMemory = await memoryReader(server);
  const before = await server.usage();
  await join(rooms.slice(1));
  const after = await server.usage();
  const others = everybody.size - roomSize;
  const { collected: kbEach } = await readMemory(others);

  // A little longer than what is done in intervals takes to come round.
  const { pingMs, recheckAccessMs } = await timing();
  await server.call('watchLoop');
  await setTimeout((quick ? pingMs : recheckAccessMs) + 1000);
  const stallMs = await server.call<number>('longestStallMs');

  const { p50Us = Number.NaN, p99Us = Number.NaN } = await deliver(
    { server, load, size: roomSize },
    { messages: 200, burst: 1, leastMs: quick ? 0 : pingMs + 1000 },
  );
  await load.stop();
  await server.stop();
  return { kbEach, cpuUsEach: (after.cpuUs - before.cpuUs) / others, stallMs, p50Us, p99Us };
}

export async function connections({ quick }: RunOptions): Promise<Section> {
  // A process may have 20,000 open files, of which it needs a few itself.
  const size = quick ? 2000 : 19_500;
  const path = databasePath();
  const rooms = await settle(path, size);
  const results: [name: string, most: { kb: number }, Load & Restart][] = [];
  for (const [name, protocolOf, kb] of [
    ['WS', mirage.ws, 14],
    ['SSE', mirage.sse, 12],
  ] as const) {
    const load = await measure(protocolOf, path, rooms, { quick });
    results.push([name, { kb }, { ...load, ...(await restart(protocolOf, path, rooms)) }]);
  }

  return {
    title: `${count(size)} subscribers of one process`,
    method:
      `Each is another user, in a room of ${roomSize}. Memory, after a garbage collection, and CPU time of connecting, ` +
      `authenticating and subscribing are those of each beyond the first ${roomSize}. The stall is the longest time between two ` +
      'timers of the server that are due every millisecond, while all are connected and nothing happens but pings and the check ' +
      "of everybody's access. Messages go to one of the rooms, each after the previous one has arrived, also during pings. The " +
      'restart is that of a server as operators start it, pinned to no core; the subscribers come back with the delays of the ' +
      'client, and each then reads a message. One measurement.',
    tables: [
      {
        head: ['', 'KB each', 'CPU µs each', 'longest stall, ms', 'p50 µs', 'p99 µs'],
        rows: results.map(([name, , { kbEach, cpuUsEach, stallMs, p50Us, p99Us }]) => [
          name,
          ...[kbEach, cpuUsEach, stallMs, p50Us, p99Us].map(number),
        ]),
      },
      {
        head: ['restart', 's to end', 's to listen', 's until all are back', "the new server's CPU s for it"],
        rows: results.map(([name, , { stopS, startS, backS, cpuS }]) => [
          name,
          ...[stopS, startS, backS, cpuS].map(number),
        ]),
      },
    ],
    targets: results.flatMap(([name, most, reached]) =>
      targetsOf(reached, most).map((target) => ({ ...target, figure: `${name}: ${target.figure}` })),
    ),
  };
}

function targetsOf(reached: Load & Restart, most: { kb: number }): Target[] {
  const target = (figure: string, atMost: number, value: number, unit?: string): Target => ({
    figure,
    bound: { atMost },
    reached: value,
    ...(unit !== undefined && { unit }),
  });
  return [
    target('RSS of a subscriber', most.kb, reached.kbEach, ' KB'),
    target('CPU of connecting, authenticating and subscribing', 350, reached.cpuUsEach, ' µs'),
    target('longest stall of the event loop at rest', 50, reached.stallMs, ' ms'),
    target(`p99 ÷ p50 of a message to ${roomSize} of them`, 3, reached.p99Us / reached.p50Us),
    target('stopping', 3, reached.stopS, ' s'),
    target('listening again after that', 2, reached.startS, ' s'),
    target('all back after the stop began', 25, reached.backS, ' s'),
  ];
}
