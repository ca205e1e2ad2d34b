import { describe, expect, it, vi } from 'vitest';
import { backoffMs } from '../../src/client/backoff.ts';
import { type ConnectionState, createMirageClient } from '../../src/client/index.ts';
import { openFront } from '../support/dispatcher.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { startProxy } from '../support/tcp-proxy.ts';

describe.each(transports)('over %s', (transport) => {
  it('reports its connection state through a lost connection and until it is closed', async () => {
    const { url, bob, roomId, say } = await startRoom();
    const proxy = await startProxy(url);
    const { client, connection, room } = liveClient({ url: proxy.url, token: bob.token, transport });
    const states: ConnectionState[] = [connection.state];
    const stop = connection.onChange((state) => states.push(state));
    await client.auth.me.query();
    const following = room(roomId);
    await following.started();
    proxy.cut();
    await expect
      .poll(() => states, { timeout: 10_000 })
      .toEqual(['idle', 'connecting', 'open', 'connecting', 'open']);
    await say('hello');
    await following.word('hello');
    following.stop();
    expect(states.slice(5)).toEqual(['idle']);
    stop();
    room(roomId);
    expect([states.length, connection.state]).toEqual([6, expect.stringMatching('connecting|open')]);
  });

  it('ends all subscriptions and closes its connections when it is closed', async () => {
    const { deps, bob, roomId, say } = await startRoom();
    const front = await openFront(deps);
    const { connection, room, inbox } = liveClient({ url: front.url, token: bob.token, transport });
    const followings = [room(roomId), room(roomId), inbox()];
    await Promise.all(followings.map(({ started }) => started()));
    connection.close();
    expect(connection.state).toBe('idle');
    await vi.waitFor(() => expect([deps.hub.size, front.sse.size, front.webSockets.size]).toEqual([0, 0, 0]));
    await say('hello');
    expect(followings.map(({ words }) => words)).toEqual([[], [], []]);
    connection.close();
  });

  it('leaves no timer behind when it is closed while the server is unreachable', async () => {
    const before = timers();
    const { connection, room } = liveClient({ url: 'http://127.0.0.1:1', token: 'x', transport });
    const following = room(1);
    await expect.poll(() => timers()).toBeGreaterThan(before);
    following.stop();
    connection.close();
    await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(before), 5000);
  });

  it('asks for the token at each connection attempt, also asynchronously', async () => {
    const { url, bob, roomId, say } = await startRoom();
    const proxy = await startProxy(url);
    const token = vi.fn(async () => {
      await new Promise(setImmediate);
      return bob.token;
    });
    const following = liveClient({ url: proxy.url, token, transport }).room(roomId);
    await following.started();
    expect(token).toHaveBeenCalledTimes(1);
    proxy.cut();
    await say('while away');
    await following.word('while away');
    expect(token.mock.calls.length).toBeGreaterThan(1);
  });

  it('distinguishes a refused subscription from a lost connection', async () => {
    const { url, roomId } = await startRoom();
    const { room, connection } = liveClient({ url, transport });
    const following = room(roomId);
    await following.ended();
    expect([following.ends, connection.state]).toEqual([['UNAUTHORIZED'], 'idle']);
  });

  it('puts no token in a URL', async () => {
    const { deps, bob, roomId } = await startRoom();
    const front = await openFront(deps);
    const urls: string[] = [];
    for (const event of ['request', 'upgrade'])
      front.server.prependListener(event, ({ url }) => urls.push(url));
    const { client, room, inbox } = liveClient({ url: front.url, token: bob.token, transport });
    await Promise.all([room(roomId).started(), inbox().started(), client.auth.me.query()]);
    expect(urls.length).toBeGreaterThan(1);
    expect(urls.filter((url) => url.includes(bob.token))).toEqual([]);
  });
});

const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

it('resumes more subscriptions than one request may hold calls', async () => {
  const { url, bob, roomId, say } = await startRoom();
  const proxy = await startProxy(url);
  const { room } = liveClient({ url: proxy.url, token: bob.token });
  const followings = Array.from({ length: 150 }, () => room(roomId));
  await Promise.all(followings.map(({ started }) => started()));
  proxy.cut();
  await say('back again');
  await Promise.all(followings.map(({ word }) => word('back again')));
  expect(followings.flatMap(({ ends }) => ends)).toEqual([]);
});

it('stays connected when another subscription is added', async () => {
  const { url, bob, roomId } = await startRoom();
  const { connection, room, inbox } = liveClient({ url, token: bob.token });
  await room(roomId).started();
  const states: ConnectionState[] = [];
  connection.onChange((state) => states.push(state));
  await room(roomId).started();
  await inbox('0').started();
  expect(states).toEqual([]);
});

it('shares one WebSocket among all its subscriptions', async () => {
  const { deps, bob, roomId } = await startRoom();
  const front = await openFront(deps);
  const { room, inbox, presence } = liveClient({ url: front.url, token: bob.token });
  await Promise.all([room(roomId), inbox(), presence(roomId)].map(({ started }) => started()));
  expect([deps.hub.size, front.webSockets.size]).toEqual([3, 1]);
});

it('shares one event stream among more subscriptions than browsers allow connections, and resumes each', async () => {
  const { deps, bob, alice, roomId, say } = await startRoom();
  const front = await openFront(deps);
  const { room, inbox, presence, connection, client } = liveClient({
    url: front.url,
    token: bob.token,
    transport: 'sse',
  });
  const rooms = Array.from({ length: 10 }, () => room(roomId));
  await Promise.all([...rooms, inbox(), presence(roomId)].map(({ started }) => started()));
  await vi.waitFor(() => expect([deps.hub.size, front.sse.size]).toEqual([12, 1]));
  const states: ConnectionState[] = [];
  connection.onChange((state) => states.push(state));
  await say('one');
  await Promise.all(rooms.map(({ word }) => word('one')));
  const late = room(roomId);
  await say('two');
  rooms[0]?.stop();
  await say('three');
  await late.word('three');
  await Promise.all(rooms.slice(1).map(({ word }) => word('three')));
  for (const { words } of [late, ...rooms.slice(1)]) expect(words).toEqual(['one', 'two', 'three']);
  await vi.waitFor(() => expect([deps.hub.size, front.sse.size]).toEqual([12, 1]));
  await client.auth.me.query();
  await alice.client.chat.deleteRoom.mutate({ roomId });
  await Promise.all([late, ...rooms.slice(1)].map(({ ended }) => ended()));
  expect(late.ends).toEqual(['ROOM_NOT_FOUND']);
  await vi.waitFor(() => expect([deps.hub.size, front.sse.size]).toEqual([1, 1]));
  expect(states.filter((state) => state !== 'connecting' && state !== 'open')).toEqual([]);
});

it('opens no connection before the first subscription', async () => {
  const { deps, bob } = await startRoom();
  const front = await openFront(deps);
  const client = createMirageClient({ url: front.url, token: bob.token });
  await client.auth.me.query();
  expect([front.webSockets.size, client.connection.state]).toEqual([0, 'idle']);
});

it('backs off exponentially with jitter, up to 30 seconds', () => {
  const waits = (attempt: number) => Array.from({ length: 200 }, () => backoffMs(attempt));
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const ceiling = Math.min(30_000, 500 * 2 ** attempt);
    const some = waits(attempt);
    expect(Math.min(...some)).toBeGreaterThanOrEqual(ceiling / 2);
    expect(Math.max(...some)).toBeLessThanOrEqual(ceiling);
    expect(new Set(some).size).toBeGreaterThan(100);
  }
});
