import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createMirageClient, reasonOf } from '../../src/client/index.ts';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { liveClient } from '../support/live-client.ts';
import { shows } from '../support/presence.ts';
import { openStream } from '../support/raw-stream.ts';
import { tally } from '../support/refusal.ts';
import { startProxy } from '../support/tcp-proxy.ts';
import { startCluster } from './support/cluster.ts';
import { redisUrl } from './support/services.ts';

const reasonFor = (call: Promise<unknown>) => call.then(() => 'ok', reasonOf);

describe('access revoked at one server', () => {
  /** Bob is known to the second server, as he has just been there. */
  async function setup(second = {}) {
    const cluster = await startCluster([{}, second]);
    const { servers, user } = cluster;
    const [alice, bob] = [await user('alice'), await user('bob')];
    const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'general' });
    await bob.at(0).chat.joinRoom.mutate({ name: 'general' });
    await bob.at(1).chat.listMessages.query({ roomId });
    await vi.waitFor(() => expect(servers[1]?.deps.accessCache.isMember(roomId, 'bob')).toBe(true), 10_000);
    const listening = liveClient({ url: cluster.urlOf(1), token: bob.token }).room(roomId);
    await listening.started();
    return { ...cluster, alice, bob, roomId, listening };
  }

  const ends = {
    'a session': {
      end: ({ bob }: Setup) => bob.at(0).auth.logout.mutate(),
      call: ({ bob }: Setup) => bob.at(1).auth.me.query(),
      reason: 'UNAUTHORIZED',
      cut: 'UNAUTHORIZED',
    },
    'a membership': {
      end: ({ bob, roomId }: Setup) => bob.at(0).chat.leaveRoom.mutate({ roomId }),
      call: ({ bob, roomId }: Setup) => bob.at(1).chat.listMessages.query({ roomId }),
      reason: 'NOT_A_MEMBER',
      cut: 'NOT_A_MEMBER',
    },
    'a room': {
      end: ({ alice, roomId }: Setup) => alice.at(0).chat.deleteRoom.mutate({ roomId }),
      call: ({ bob, roomId }: Setup) => bob.at(1).chat.sendMessage.mutate({ roomId, text: 'hello?' }),
      reason: 'NOT_A_MEMBER',
      cut: 'ROOM_NOT_FOUND',
    },
  };
  type Setup = Awaited<ReturnType<typeof setup>>;

  it.each(Object.entries(ends))(
    '%s, is ended at all within a second',
    async (_, { end, call, reason, cut }) => {
      const cluster = await setup();
      expect(await reasonFor(call(cluster))).toBe('ok');
      await end(cluster);
      await sleep(1000);
      expect(await reasonFor(call(cluster))).toBe(reason);
      await cluster.listening.ended();
      expect(cluster.listening.ends).toEqual([cut]);
    },
  );

  it.each(Object.entries(ends))(
    '%s, is so for one that hears nothing, and its listeners are cut off once it does',
    async (_, { end, call, reason }) => {
      const proxy = await startProxy(redisUrl.replace('redis:', 'http:'));
      const url = proxy.url.replace('http:', 'redis:');
      const cluster = await setup();
      // Another server on the same services, which reaches Redis through a line that can be cut.
      const redis = cluster.place.redis && { ...cluster.place.redis, url };
      const apart = await startCluster([{ ...cluster.place, redis }]);
      const there = { ...cluster, bob: { ...cluster.bob, at: () => apart.api(0, cluster.bob.token) } };
      expect(await reasonFor(call(there))).toBe('ok');
      const listening = liveClient({ url: apart.urlOf(0), token: cluster.bob.token }).room(cluster.roomId);
      await listening.started();

      proxy.down();
      proxy.cut();
      await end(cluster);
      await sleep(1000);
      expect(await reasonFor(call(there))).toBe(reason);
      expect(listening.ends).toEqual([]);
      proxy.up();
      await listening.ended();
      expect(listening.ends).toEqual([reason]);
    },
  );
});

describe('presence', () => {
  async function setup() {
    const cluster = await startCluster();
    const [alice, bob] = [await cluster.user('alice'), await cluster.user('bob')];
    const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'general' });
    await bob.at(0).chat.joinRoom.mutate({ name: 'general' });
    const open = ({ token }: typeof alice, node: number) => liveClient({ url: cluster.urlOf(node), token });
    const watching = open(alice, 0).presence(roomId);
    await watching.started();
    return { ...cluster, alice, bob, roomId, open, watching };
  }

  it('covers all servers', async () => {
    const { bob, roomId, open, watching } = await setup();
    const there = open(bob, 1).presence(roomId);
    await Promise.all([watching, there].map((view) => shows(view, ['alice', 'bob'])));
    await bob.at(1).chat.setTyping.mutate({ roomId, isTyping: true });
    await Promise.all([watching, there].map((view) => shows(view, ['alice', 'bob'], ['bob'])));
    there.stop();
    await shows(watching, ['alice']);
  });

  it('keeps a user online who is connected to another server', async () => {
    const { bob, roomId, open, watching, user } = await setup();
    const carol = await user('carol');
    await carol.at(0).chat.joinRoom.mutate({ name: 'general' });
    const [here, there] = [open(bob, 0).presence(roomId), open(bob, 1).presence(roomId)];
    const leaving = open(carol, 0).presence(roomId);
    await shows(watching, ['alice', 'bob', 'carol']);
    here.stop();
    leaving.stop();
    // Going offline would have come by the time that carol, who went later, is gone.
    await shows(watching, ['alice', 'bob']);
    expect(JSON.stringify(watching.events)).not.toContain('"offline":["bob"');
    there.stop();
    await watching.until(() => JSON.stringify(watching.events).includes('"offline":["bob"]'));
  });

  it('ends when the server of the user stops', async () => {
    const { servers, bob, roomId, open, watching } = await setup();
    await open(bob, 1).presence(roomId).started();
    await shows(watching, ['alice', 'bob']);
    await servers[1]?.close();
    await shows(watching, ['alice']);
  });
});

it('accepts a ticket issued by another server, once', async () => {
  const { user, urlOf } = await startCluster();
  const alice = await user('alice');
  const { ticket } = await alice.at(0).auth.createTicket.mutate();
  const query = { connectionParams: JSON.stringify({ ticket }) };
  const open = (node: number) => openStream(urlOf(node), 'inbox.onMessage', { input: {}, query });
  const stream = await open(1);
  await stream.has('connected');
  await vi.waitFor(async () => {
    await alice.at(0).inbox.sendMessage.mutate({ recipient: 'alice', text: 'note' });
    await stream.has('note');
  }, 20_000);
  const search = new URLSearchParams({ ...query, input: '{}' });
  const again = await fetch(`${urlOf(0)}/trpc/inbox.onMessage?${search}`, {
    headers: { accept: 'text/event-stream' },
  });
  expect(again.status).toBe(401);
  expect(await again.text()).toContain('INVALID_TICKET');
});

it('counts attempts over all servers', async () => {
  const { api } = await startCluster([{ rateLimit: true }, { rateLimit: true }]);
  const guess = (index: number) =>
    api(index % 2).auth.login.mutate({ username: 'nobody', password: 'guess' });
  const guesses = Array.from({ length: limits.login.attempts + 5 }, (_, index) => guess(index));
  expect(await tally(guesses)).toEqual({ INVALID_CREDENTIALS: limits.login.attempts, TOO_MANY_REQUESTS: 5 });
});

it('enforces the limit of public rooms over all servers', async () => {
  const { user } = await startCluster([{}, {}, {}]);
  const alice = await user('alice');
  const creations = Array.from({ length: 24 }, (_, index) =>
    alice.at(index % 3).chat.createRoom.mutate({ name: `room ${index}` }),
  );
  expect(await tally(creations)).toEqual({ ok: 5, PUBLIC_ROOM_LIMIT: 19 });
  expect(await alice.at(1).chat.listPublicRooms.query()).toHaveLength(5);
});

it('keeps names unique over all servers', async () => {
  const { api } = await startCluster([{}, {}, {}]);
  const register = (index: number) =>
    api(index % 3).auth.register.mutate({ username: 'ada', email: `${index}`, password: 'a secret one' });
  const registrations = Array.from({ length: 9 }, (_, index) => register(index));
  expect(await tally(registrations)).toEqual({ ok: 1, USERNAME_TAKEN: 8 });
});

it('refuses non-members at every server', async () => {
  const { urlOf } = await startCluster();
  const { client } = liveClient({ url: urlOf(1), token: 'made up' });
  expect(await reasonFor(client.auth.me.query())).toBe('UNAUTHORIZED');
  expect(await reasonFor(createMirageClient({ url: urlOf(1) }).inbox.listMessages.query())).toBe(
    'UNAUTHORIZED',
  );
});
