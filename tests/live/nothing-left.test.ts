import { EventEmitter, once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import type { Context } from '../../src/server/api/context.ts';
import { openFront } from '../support/dispatcher.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { openStream } from '../support/raw-stream.ts';

/** A Mirage whose followers of topics are counted, besides those it has from its start. */
async function setup() {
  const mirage = await startRoom();
  const { deps } = mirage;
  const front = await openFront(deps);
  let topics = 0;
  const subscribe = deps.bus.subscribe;
  deps.bus.subscribe = async (...args) => {
    const stop = await subscribe(...args);
    topics += 1;
    return () => {
      topics -= 1;
      stop();
    };
  };
  const left = () => ({
    subscriptions: deps.hub.size,
    sessions: deps.hub.sessionIds().length,
    topics,
    streams: front.sse.size,
    webSockets: front.webSockets.size,
    sockets: front.sockets.size,
  });
  return { ...mirage, ...front, left };
}

const nothing = { subscriptions: 0, sessions: 0, topics: 0, streams: 0, webSockets: 0, sockets: 0 };

/** Timers that keep this process busy, on the side of the server and on that of the clients. */
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe.each(transports)('over %s', (transport) => {
  it('leaks nothing after all subscribers have left', async () => {
    const { url, alice, bob, roomId, say, left } = await setup();
    const before = timers();
    const clients = Array.from({ length: 10 }, () => liveClient({ url, token: bob.token, transport }));
    const followings = clients.flatMap((client) => [
      client.room(roomId),
      client.presence(roomId),
      client.users('alice', 'bob'),
      client.inbox(),
    ]);
    await Promise.all(followings.map(({ started }) => started()));
    await say('hello');
    await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
    await vi.waitFor(() => expect(left()).toMatchObject({ subscriptions: 40, sessions: 1, topics: 13 }));

    for (const { connection } of clients) connection.close();
    await vi.waitFor(() => expect(left()).toEqual(nothing), 10_000);
    await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(before), 10_000);
  });

  it('leaks nothing while subscribers come and go', async () => {
    const { url, bob, roomId, left, say } = await setup();
    for (let round = 0; round < 10; round += 1) {
      const { room, connection } = liveClient({ url, token: bob.token, transport });
      const following = room(roomId);
      if (round % 2) await following.started();
      await say(`message ${round}`);
      following.stop();
      connection.close();
    }
    await vi.waitFor(() => expect(left()).toEqual(nothing), 10_000);
  });

  it('leaks nothing when connections break', async () => {
    const { url, bob, roomId, left, sockets } = await setup();
    const client = liveClient({ url, token: bob.token, transport });
    const followings = [client.room(roomId), client.inbox()];
    await Promise.all(followings.map(({ started }) => started()));
    for (const socket of sockets) socket.destroy();
    client.connection.close();
    await vi.waitFor(() => expect(left()).toEqual(nothing), 10_000);
  });

  it('leaks nothing of refused subscriptions', async () => {
    const { url, user, roomId, left } = await setup();
    const mallory = await user('mallory');
    const client = liveClient({ url, token: mallory.token, transport });
    for (let round = 0; round < 20; round += 1) await client.room(roomId).ended();
    client.connection.close();
    await vi.waitFor(() => expect(left()).toEqual(nothing), 10_000);
  });
});

describe('within the process', () => {
  async function setupCaller(signal?: AbortSignal) {
    const mirage = await setup();
    const { deps, bob, roomId, say } = mirage;
    const context: Context = { deps, token: bob.token, address: '' };
    const caller = createCaller(context, signal && { signal });
    await say('hello');
    return { ...mirage, context, events: () => caller.chat.onMessage({ roomId }) };
  }

  it('leaks nothing when the consumer leaves its loop', async () => {
    const { events, left } = await setupCaller();
    for await (const event of await events()) {
      expect('data' in event && [typeof event.id, event.data.type]).toEqual(['string', 'message']);
      expect(left().subscriptions).toBe(1);
      break;
    }
    expect(left()).toEqual(nothing);
  });

  it('ends the loop and leaks nothing when the caller aborts', async () => {
    const done = new AbortController();
    const { events, left } = await setupCaller(done.signal);
    const seen: unknown[] = [];
    for await (const event of await events()) {
      seen.push(event);
      setImmediate(() => done.abort());
    }
    expect([seen.length, left()]).toEqual([1, nothing]);
  });

  it('leaks nothing when the caller aborted before subscribing', async () => {
    const done = new AbortController();
    const { events, left } = await setupCaller(done.signal);
    done.abort();
    const run = async () => {
      for await (const event of await events()) expect(event).toBeUndefined();
    };
    await run().catch((error: Error) => expect(error.name).toBe('AbortError'));
    expect(left()).toEqual(nothing);
  });

  it('ends the loop with the reason when access is revoked, and leaks nothing', async () => {
    const { events, left, context, roomId } = await setupCaller();
    const run = async () => {
      for await (const _ of await events()) await createCaller(context).chat.leaveRoom({ roomId });
    };
    await expect(run()).rejects.toMatchObject({ reason: 'NOT_A_MEMBER' });
    expect(left()).toEqual(nothing);
  });
});

it('leaks and logs nothing when a client disconnects while its stream opens', async () => {
  const { url, bob, roomId, deps, left } = await setup();
  const errors = vi.spyOn(deps.log, 'error');
  const steps = new EventEmitter();
  const opening = once(steps, 'opening');
  const gone = once(steps, 'gone');
  const { since } = deps.roomMessages;
  deps.roomMessages.since = async (...args) => {
    steps.emit('opening');
    await gone;
    return since(...args);
  };

  const stream = openStream(url, 'chat.onMessage', {
    token: bob.token,
    input: { roomId, lastEventId: '0-0' },
  });
  await opening;
  (await stream).close();
  await vi.waitFor(() => expect(left().sockets).toBe(0));
  steps.emit('gone');
  await vi.waitFor(() => expect(left()).toEqual(nothing));
  expect(errors.mock.calls).toEqual([]);
});
