import { expect, it, onTestFinished, vi } from 'vitest';
import { chunkedSse, webSocketFormat } from '../../src/server/http/live/frames.ts';
import { followPresence, sendRoomMessage } from '../../src/server/services/rooms/room-messages.ts';
import { openFront } from '../support/dispatcher.ts';
import { startRoom } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { openSocket } from '../support/raw-socket.ts';
import { openStream } from '../support/raw-stream.ts';

/** Turns of the event loop in which nothing is asked of the server. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

it('does not read the store while all subscribers are up to date', async () => {
  const { alice, bob, url, roomId, deps, say } = await startRoom();
  const { id: other } = await alice.client.chat.createRoom.mutate({ name: 'other' });
  const first = liveClient({ url, token: alice.token }).room(roomId);
  await first.started();
  await say('elsewhere', other); // so that the second starts at a later position, in a room just as empty

  let reads = 0;
  const { since } = deps.roomMessages;
  deps.roomMessages.since = (...args) => {
    reads += 1;
    return since(...args);
  };
  const second = liveClient({ url, token: bob.token }).room(roomId);
  await second.started();
  await turns(100);
  expect(reads).toBeLessThan(10);

  await say('here');
  await Promise.all([first.word('here'), second.word('here')]);
  await turns(100);
  expect(reads).toBeLessThan(15);
});

it('reads each message once for all subscribers of the room', async () => {
  const { alice, url, roomId, deps, say } = await startRoom();
  const followings = Array.from({ length: 20 }, () => liveClient({ url, token: alice.token }).room(roomId));
  await Promise.all(followings.map((following) => following.started()));
  await say('first');
  await Promise.all(followings.map((following) => following.word('first')));
  await turns(10);

  let reads = 0;
  const { since } = deps.roomMessages;
  deps.roomMessages.since = (...args) => {
    reads += 1;
    return since(...args);
  };
  await say('second');
  await Promise.all(followings.map((following) => following.word('second')));
  expect(reads).toBe(1);
});

it('encodes the messages of one tick once per format, and writes them once to each connection', async () => {
  const { bob, roomId, deps, say } = await startRoom();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }); // no ping is among the writes
  onTestFinished(() => void vi.useRealTimers());
  const { url, sockets } = await openFront(deps);
  const readers = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      if (index % 2) return openStream(url, 'chat.onMessage', { token: bob.token, input: { roomId } });
      const socket = await openSocket(url, bob.token);
      socket.subscribe(1, 'chat.onMessage', { roomId });
      await socket.has('"started"');
      return { ...socket, text: () => socket.texts.join() };
    }),
  );
  await say('first');
  await Promise.all(readers.map(({ has }) => has('"first"')));
  await turns(10);

  const texts = Array.from({ length: 20 }, (_, index) => `word ${index}.`);
  const encodes = [vi.spyOn(webSocketFormat({ id: 1 }), 'encode'), vi.spyOn(chunkedSse, 'encode')];
  const writes = [...sockets].map((socket) => vi.spyOn(socket, 'write'));
  const stringify = vi.spyOn(JSON, 'stringify');
  for (const spy of [...encodes, ...writes, stringify]) onTestFinished(() => spy.mockRestore());
  await Promise.all(texts.map((text) => sendRoomMessage(deps, { roomId, username: 'alice', text })));
  await Promise.all(readers.map(({ has }) => has(texts.at(-1) ?? '')));
  await turns(10);

  expect(encodes.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  expect(writes.map(({ mock }) => mock.calls.length)).toEqual(Array(20).fill(1));
  const encoded = stringify.mock.results.filter(({ value }) => String(value).includes('"word '));
  expect(encoded).toHaveLength(20);
  for (const { text } of readers) expect(text().match(/word \d+\./g)).toEqual(texts);
});

it('reads nothing for rooms without subscribers', async () => {
  const { deps, say } = await startRoom();
  const { since } = deps.roomMessages;
  let reads = 0;
  deps.roomMessages.since = (...args) => {
    reads += 1;
    return since(...args);
  };
  await say('to nobody');
  await turns(10);
  expect([reads, deps.hub.size]).toEqual([0, 0]);
});

it('does not read the store for presence', async () => {
  const { deps, alice, roomId } = await startRoom();
  const session = await deps.db.session.findFirstOrThrow({
    where: { username: alice.username },
    select: { id: true, username: true },
  });
  const subscription = await followPresence(deps, { roomId, session });
  expect(deps.hub.size).toBe(1);
  subscription.end();
  expect(deps.hub.size).toBe(0);
});
