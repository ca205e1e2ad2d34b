import { expect, it, vi } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import { openFront } from '../support/dispatcher.ts';
import { startRoom } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { shows } from '../support/presence.ts';
import { openRaw } from '../support/raw-http.ts';

type Version = '1.0' | '1.1';

/** A room at a server to which streams are opened by hand, in either version of HTTP. */
async function setup() {
  const room = await startRoom();
  const front = await openFront(room.deps);
  const input = (roomId = room.roomId) => encodeURIComponent(JSON.stringify({ roomId }));
  async function open(
    version: Version,
    { path = 'chat.onMessage', params = {} as object, headers = '' } = {},
  ) {
    const connection = await openRaw(front.url);
    const query = `input=${input()}&connectionParams=${encodeURIComponent(JSON.stringify(params))}`;
    const token = 'ticket' in params ? [] : [`Authorization: Bearer ${room.bob.token}`];
    const more = headers === '' ? [] : [headers];
    connection.send([`GET /trpc/${path}?${query} HTTP/${version}`, 'Host: localhost', ...token, ...more]);
    return connection;
  }
  return { ...room, front, open };
}

it('sends the same events over HTTP/1.0 as over HTTP/1.1, unchunked and to the end of the connection', async () => {
  const { open, say, deps, bob, roomId } = await setup();
  await say('held');
  const [old, current] = [await open('1.0'), await open('1.1')];
  await Promise.all([old.has('held'), current.has('held')]);
  await say('live 世界');
  await Promise.all([old.has('live 世界'), current.has('live 世界')]);
  expect(old.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(old.text()).toMatch(/\r\nconnection: close\r\n/i);
  expect(old.text()).not.toMatch(/transfer-encoding/i);
  const chunks = /(?<=^|\r\n)[\da-f]+\r\n([^\r]*)\r\n/g;
  expect(old.body()).toBe([...current.body().matchAll(chunks)].map(([, text]) => text).join(''));
  await bob.client.chat.leaveRoom.mutate({ roomId });
  await old.has('NOT_A_MEMBER');
  await old.closed();
  expect(deps.hub.size).toBe(0);
});

it('answers with HTTP/1.0 when a client requests keep-alive', async () => {
  const { open, say } = await setup();
  const stream = await open('1.0', { headers: 'Connection: keep-alive' });
  await stream.has('connected');
  await say('hello');
  await stream.has('hello');
  expect(stream.text()).not.toMatch(/transfer-encoding|keep-alive/i);
});

it('accepts a ticket over HTTP/1.0, once', async () => {
  const { open, say, bob } = await setup();
  const { ticket } = await bob.client.auth.createTicket.mutate();
  const stream = await open('1.0', { params: { ticket } });
  await stream.has('connected');
  await say('hello');
  await stream.has('hello');
  const again = await open('1.0', { params: { ticket } });
  await again.has('INVALID_TICKET');
  expect(again.text()).toMatch(/^HTTP\/1\.1 401 /);
});

it('counts a stream over HTTP/1.0 as open, and ends it when the server stops', async () => {
  const { open, front } = await setup();
  const stream = await open('1.0');
  await stream.has('connected');
  expect(front.sse.size).toBe(1);
  await front.sse.close();
  await stream.closed();
});

it.each([
  ['closes its half of the connection', 'end'],
  ['resets the connection', 'resetAndDestroy'],
] as const)('sees at once that a reader over HTTP/1.0 %s', async (_, leave) => {
  const { open, alice, roomId, url } = await setup();
  const watching = liveClient({ url, token: alice.token }).presence(roomId);
  const stream = await open('1.0');
  await shows(watching, ['alice', 'bob']);
  stream.socket[leave]();
  await shows(watching, ['alice']);
});

it('disconnects a reader over HTTP/1.0 that is more than 1 MB behind', async () => {
  const { open, alice, deps, roomId, front } = await setup();
  const stream = await open('1.0');
  await stream.has('connected');
  await vi.waitFor(() => expect(deps.hub.size).toBe(1));
  stream.socket.pause();
  const caller = createCaller({ deps, token: alice.token, address: '' });
  let backlog = 0;
  for (let n = 0; n < 3000 && deps.hub.drops === 0; n += 1) {
    await caller.chat.sendMessage({ roomId, text: 'x'.repeat(16_000) });
    await new Promise(setImmediate);
    backlog = Math.max(backlog, ...[...front.sockets].map(({ writableLength }) => writableLength));
  }
  expect([deps.hub.drops, deps.hub.size]).toEqual([1, 0]);
  expect(backlog).toBeLessThan(2 * 1024 * 1024);
});

it.each(['1.0', '1.1'] as const)('opens no stream in a batch, in HTTP/%s', async (version) => {
  const { open, deps } = await setup();
  const answer = await open(version, { path: 'chat.onMessage?batch=1&x=' });
  await answer.has('error');
  expect(answer.text()).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(deps.hub.size).toBe(0);
});

it('opens a stream on a connection with an unfinished earlier response', async () => {
  const { front, bob, roomId, say, deps } = await setup();
  const connection = await openRaw(front.url);
  const input = encodeURIComponent(JSON.stringify({ roomId }));
  const headers = ['Host: localhost', `Authorization: Bearer ${bob.token}`];
  const stream = `GET /trpc/chat.onMessage?input=${input} HTTP/1.1`;
  connection.send(['GET /trpc/auth.me HTTP/1.1', ...headers, '', stream, ...headers]);
  await connection.has('connected');
  expect(front.sse.size).toBe(1);
  await say('hello');
  await connection.has('hello');
  expect(connection.text().indexOf('"username":"bob"')).toBeLessThan(connection.text().indexOf('connected'));
  connection.socket.destroy();
  await vi.waitFor(() => expect(deps.hub.size).toBe(0));
});
