import { databasePath } from '../lib/folder.ts';
import type { Publication } from '../lib/live-message.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import type { Figures } from '../lib/series.ts';
import type { Protocol } from '../load/subscriber.ts';

/** A server with subscribers, and the process that runs the subscribers. */
export interface Crowd {
  server: Child;
  load: Child;
  size: number;
  join(count: number): Promise<void>;
  stop(): Promise<void>;
}

interface Peer {
  file: string;
  protocol: Protocol;
}

const none = { headers: {}, hello: [] };
const subscription = (path: string, input?: unknown) =>
  JSON.stringify({ id: 1, method: 'subscription', params: { path, ...(input !== undefined && { input }) } });
const connectionParams = JSON.stringify({ method: 'connectionParams', data: { token: '{token}' } });
const input = { roomId: 1 }; // the first room of a new database

export const peers = {
  'Mirage, WS': {
    file: 'servers/mirage.js',
    protocol: {
      ...none,
      kind: 'ws',
      path: '/trpc?connectionParams=1',
      hello: [connectionParams, subscription('chat.onMessage', input)],
      ready: '"started"',
    },
  },
  'Mirage, SSE': {
    file: 'servers/mirage.js',
    protocol: {
      ...none,
      kind: 'sse',
      path: `/trpc/chat.onMessage?input=${encodeURIComponent(JSON.stringify(input))}`,
      headers: { authorization: 'Bearer {token}' },
      ready: 'event: connected',
    },
  },
  'plain ws, one prebuilt frame': {
    file: 'servers/plain-ws.js',
    protocol: { ...none, kind: 'ws', path: '/' },
  },
  'raw SSE, res.write': {
    file: 'servers/raw-sse.js',
    protocol: { ...none, kind: 'sse', path: '/', ready: 'event: connected' },
  },
  'socket.io, room emit': {
    file: 'servers/socket-io.js',
    protocol: {
      ...none,
      kind: 'ws',
      path: '/socket.io/?EIO=4&transport=websocket',
      hello: ['40'],
      ready: '40{',
    },
  },
  'stock tRPC, WS': {
    file: 'servers/stock-trpc.js',
    protocol: { ...none, kind: 'ws', path: '/', hello: [subscription('onMessage')], ready: '"started"' },
  },
  'stock tRPC, SSE': {
    file: 'servers/stock-trpc.js',
    protocol: { ...none, kind: 'sse', path: '/onMessage', ready: 'event: connected' },
  },
} satisfies Record<string, Peer>;

export type PeerName = keyof typeof peers;

/** A user may have 1000 subscriptions, so a few users are enough for the largest crowd. */
const users = 20;

/** `root` is that of another build, see {@link start}. */
export async function gather(
  name: PeerName,
  size: number,
  process: { flags?: string[]; root?: string } = {},
): Promise<Crowd> {
  const { file, protocol } = peers[name];
  const load = await start('load', 'load/subscribers.js');
  const server = await start('server', file, {
    options: { databasePath: databasePath(), users },
    ...process,
  });
  const { tokens } = file === 'servers/mirage.js' ? await server.call<People>('people') : { tokens: [''] };
  const crowd: Crowd = {
    server,
    load,
    size: 0,
    async join(count) {
      await load.call('connect', { port: server.ready.port, protocol, tokens, count });
      crowd.size += count;
      while ((await server.call<number>('subscribers')) < crowd.size)
        await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async stop() {
      await load.stop();
      await server.stop();
    },
  };
  await crowd.join(size);
  return crowd;
}

const deliveries = new WeakMap<Crowd, number>();

/** Publishes messages in bursts, each after the previous one has arrived completely. */
export async function deliver(
  crowd: Crowd,
  { messages, burst, length }: { messages: number; burst: number; length?: number },
): Promise<Figures> {
  const { server, load, size } = crowd;
  const publication: Publication = { count: burst, ...(length !== undefined && { length }) };
  let total = deliveries.get(crowd) ?? 0;
  await load.call('latencies');
  const before = await server.usage();
  const startedAt = performance.now();
  for (let sent = 0; sent < messages; sent += burst) {
    total += burst * size;
    const arrived = load.call('until', total);
    await server.call('publish', publication);
    await arrived;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await server.usage();
  deliveries.set(crowd, total);
  const latencies = await load.call<Figures>('latencies');
  const count = messages * size;
  return { rate: count / seconds, cpuUs: (after.cpuUs - before.cpuUs) / count, ...latencies };
}
