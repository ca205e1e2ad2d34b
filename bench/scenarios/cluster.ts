import { setTimeout } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Cluster, costOf, redis } from '../lib/cluster.ts';
import { keepBusy, quantiles } from '../lib/lanes.ts';
import { cpuUsOf, rssOf } from '../lib/nodes.ts';
import { requestText } from './http-load.ts';

export const senders = 24;
export const listeners = 300;

/** Messages that connections spread over the servers send, each its next one when the previous one is acknowledged. */
export const send = (kind: 'room' | 'inbox') => (cluster: Cluster, seconds: number) => {
  const { nodes, people } = cluster;
  const { tokens, usernames, roomId } = people;
  const post = (path: string, lane: number, body: object) =>
    requestText({ method: 'POST', path, token: tokens[lane], body });
  const text = 'a typical long text';
  const lanes = Array.from({ length: senders }, (_, lane) => ({
    port: nodes[lane % nodes.length]?.port ?? 0,
    request:
      kind === 'room'
        ? post('/trpc/chat.sendMessage', lane, { roomId, text })
        : post('/trpc/inbox.sendMessage', lane, { recipient: usernames[(lane + 1) % senders], text }),
  }));
  return costOf(nodes, () => keepBusy(lanes, seconds));
};

/** Messages at a steady rate to subscribers that are spread over the servers. */
export async function deliver({ nodes, people: { tokens, roomId } }: Cluster, seconds: number) {
  const latencies: number[] = [];
  const say = async (turn: number, text: string) => {
    const answer = await fetch(`http://127.0.0.1:${nodes[turn % nodes.length]?.port}/trpc/chat.sendMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: tokens[0] ?? '' },
      body: JSON.stringify({ roomId, text }),
    });
    return ((await answer.json()) as { result: { data: { id: string } } }).result.data.id;
  };
  const lastEventId = await say(0, 'what they have read');
  const before = nodes.map(({ pid }) => rssOf(pid));
  const sockets = await Promise.all(
    Array.from({ length: listeners }, (_, index) =>
      listen(
        { port: nodes[index % nodes.length]?.port ?? 0, token: tokens[index % tokens.length] ?? '' },
        { roomId, lastEventId },
        (sentAt) => latencies.push(performance.now() - sentAt),
      ),
    ),
  );
  await setTimeout(1000); // others are told that they have come
  const grown = nodes.reduce((sum, { pid }, index) => sum + rssOf(pid) - (before[index] ?? 0), 0);
  const measured = await costOf(nodes, async () => {
    const endAt = performance.now() + seconds * 1000;
    for (let turn = 0; performance.now() < endAt; turn += 1) {
      await say(turn, `at ${performance.now()}`);
      await setTimeout(20);
    }
    await setTimeout(500);
    return { count: latencies.length, rate: latencies.length / seconds, ...quantiles(latencies) };
  });
  for (const socket of sockets) socket.terminate();
  return { ...measured, kbEach: grown / listeners / 1024 };
}

function listen(
  { port, token }: { port: number; token: string },
  { roomId, lastEventId }: { roomId: number; lastEventId: string },
  onMessage: (sentAt: number) => void,
) {
  return new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc?connectionParams=1`);
    socket.on('error', reject);
    socket.on('open', () => {
      socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }));
      const params = { path: 'chat.onMessage', input: { roomId, lastEventId } };
      socket.send(JSON.stringify({ id: 1, method: 'subscription', params }));
    });
    socket.on('message', (data) => {
      const text = String(data);
      if (text.includes('"started"')) resolve(socket);
      for (const [, sentAt] of text.matchAll(/"at ([\d.]+)"/g)) onMessage(Number(sentAt));
    });
  });
}

/** What an idle server uses. */
export async function idle({ nodes }: Cluster, seconds: number) {
  const commands = async () => Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const cpuUs = () => cpuUsOf(nodes.map(({ pid }) => pid));
  const [startUs, startCommands] = [cpuUs(), await commands()];
  await setTimeout(seconds * 1000);
  const perNode = (value: number) => value / seconds / nodes.length;
  return {
    cpuPercent: perNode(cpuUs() - startUs) / 10_000,
    commands: perNode((await commands()) - startCommands),
    rssMb: nodes.reduce((sum, { pid }) => sum + rssOf(pid), 0) / nodes.length / 1e6,
  };
}
