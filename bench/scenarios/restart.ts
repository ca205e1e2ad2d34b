import { setTimeout } from 'node:timers/promises';
import { portToReturnTo } from '../lib/listen.ts';
import { storedIn } from '../lib/mirage.ts';
import { cpuUsOf, startNode } from '../lib/nodes.ts';
import { start } from '../lib/process.ts';
import { stampedText } from '../lib/stamp.ts';
import type { mirage } from './crowd.ts';

/** A room, and the tokens of its members. */
export interface RoomOfMembers {
  roomId: number;
  tokens: string[];
}

export interface Restart {
  /** From the signal to the end of the process. */
  stopS: number;
  /** From then until the next process listens. */
  startS: number;
  /** From the signal until all are subscribed again. Infinite if some did not come back. */
  backS: number;
  /** CPU time of the new process until then. */
  cpuS: number;
}

/** After this, those who are missing do not count as slow but as lost. */
const patienceMs = 60_000;

/** Restarts a server, as an operator would, that each member of the rooms is connected to. */
export async function restart(
  protocolOf: (typeof mirage)['ws'],
  databasePath: string,
  rooms: RoomOfMembers[],
): Promise<Restart> {
  const port = await portToReturnTo();
  const environment = { ...storedIn(databasePath), PORT: String(port) };
  const load = await start('load', 'load/subscribers.js');
  const first = await startNode(environment);
  for (const { roomId, tokens } of rooms)
    await load.call('connect', {
      port,
      protocol: protocolOf(roomId),
      tokens,
      count: tokens.length,
      comeBack: true,
    });

  const count = rooms.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const signalled = performance.now();
  await first.stop();
  const stopped = performance.now();
  const second = await startNode(environment);
  const listening = performance.now();
  const areBack = await comesTrue(async () => (await load.call<number>('returned')) === count);
  const back = performance.now();
  const cpuS = cpuUsOf([second.pid]) / 1e6;
  // What proves that they are subscribed: each gets a message.
  const arrived = load.call('until', count);
  for (const room of rooms) await send(port, room);
  const isProven = await Promise.race([
    arrived.then(() => true),
    setTimeout(patienceMs, false, { ref: false }),
  ]);
  await load.stop();
  await second.stop();
  return {
    stopS: (stopped - signalled) / 1000,
    startS: (listening - stopped) / 1000,
    backS: areBack && isProven ? (back - signalled) / 1000 : Number.POSITIVE_INFINITY,
    cpuS,
  };
}

/** Whether a condition has come true before the patience ends. */
async function comesTrue(condition: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    if (await condition()) return true;
    await setTimeout(20);
  }
  return false;
}

async function send(port: number, { roomId, tokens }: RoomOfMembers): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/trpc/chat.sendMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[0]}` },
    body: JSON.stringify({ roomId, text: stampedText() }),
  });
  if (!answer.ok) throw new Error(`sending was answered ${answer.status}: ${await answer.text()}`);
}
