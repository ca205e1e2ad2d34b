import { databasePath } from '../lib/folder.ts';
import type { Publication } from '../lib/live-message.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import type { Figures } from '../lib/series.ts';
import type { Protocol } from '../load/subscriber.ts';

/** A server, the process that runs its subscribers, and how many those are. */
export interface Audience {
  server: Child;
  load: Child;
  size: number;
}

/** An audience that can grow. */
export interface Crowd extends Audience {
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

/** How to subscribe to a room of Mirage. */
export const mirage = {
  ws: (roomId: number): Protocol => ({
    ...none,
    kind: 'ws',
    path: '/trpc?connectionParams=1',
    hello: [connectionParams, subscription('chat.onMessage', { roomId })],
    ready: '"started"',
  }),
  sse: (roomId: number): Protocol => ({
    ...none,
    kind: 'sse',
    path: `/trpc/chat.onMessage?input=${encodeURIComponent(JSON.stringify({ roomId }))}`,
    headers: { authorization: 'Bearer {token}' },
    ready: 'event: connected',
  }),
};

const firstRoom = 1; // of a new database

export const peers = {
  'Mirage, WS': {
    file: 'servers/mirage.js',
    protocol: mirage.ws(firstRoom),
  },
  'Mirage, SSE': {
    file: 'servers/mirage.js',
    protocol: mirage.sse(firstRoom),
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
    join: (count) => add(crowd, { protocol, tokens, count }),
    async stop() {
      await load.stop();
      await server.stop();
    },
  };
  await crowd.join(size);
  return crowd;
}

/** Adds subscribers, and waits until the server has them all. */
export async function add(
  audience: Audience,
  some: { protocol: Protocol; tokens: string[]; count: number },
): Promise<void> {
  const { server, load } = audience;
  await load.call('connect', { port: server.ready.port, ...some });
  audience.size += some.count;
  while ((await server.call<number>('subscribers')) < audience.size)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

const deliveries = new WeakMap<Audience, number>();

/** Publishes messages in bursts, each after the previous one has arrived completely; more of them until `leastMs` have passed. */
export async function deliver(
  audience: Audience,
  {
    messages,
    burst,
    length,
    leastMs = 0,
  }: { messages: number; burst: number; length?: number; leastMs?: number },
): Promise<Figures> {
  const { server, load, size } = audience;
  const publication: Publication = { count: burst, ...(length !== undefined && { length }) };
  let total = deliveries.get(audience) ?? 0;
  await load.call('latencies');
  const before = await server.usage();
  const startedAt = performance.now();
  let sent = 0;
  for (; sent < messages || performance.now() - startedAt < leastMs; sent += burst) {
    total += burst * size;
    const arrived = load.call('until', total);
    await server.call('publish', publication);
    await arrived;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await server.usage();
  deliveries.set(audience, total);
  const latencies = await load.call<Figures>('latencies');
  const count = sent * size;
  return { rate: count / seconds, cpuUs: (after.cpuUs - before.cpuUs) / count, ...latencies };
}
