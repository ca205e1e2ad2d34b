import { describe, expect, it, vi } from 'vitest';
import { reasonOf } from '../../src/client/index.ts';
import { openFront } from '../support/dispatcher.ts';
import { startRoom } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { openRaw } from '../support/raw-http.ts';
import { startProxy } from '../support/tcp-proxy.ts';

async function setup() {
  const room = await startRoom();
  const front = await openFront(room.deps);
  /** Opens a shared stream by hand; the answer is as it comes over the wire. */
  async function open(subscriptions: unknown, { token = room.bob.token, version = '1.1' } = {}) {
    const connection = await openRaw(front.url);
    const body = JSON.stringify({ subscriptions });
    const headers = ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
    connection.send([
      `POST /trpc/subscriptions HTTP/${version}`,
      'Host: x',
      `Authorization: ${token}`,
      ...headers,
    ]);
    connection.socket.write(body);
    return connection;
  }
  return { ...room, front, open };
}

const messages = (text: string) =>
  [...text.matchAll(/^data: (\{"id".*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));

describe('one event stream for several subscriptions', () => {
  it.each(['1.0', '1.1'])(
    'carries the messages of each, as over a WebSocket, in HTTP/%s',
    async (version) => {
      const { open, roomId, alice, bob, say } = await setup();
      const held = await say('held');
      const stream = await open(
        [
          { id: 1, path: 'chat.onMessage', input: { roomId } },
          { id: 2, path: 'chat.onMessage', input: { roomId }, lastEventId: held.id },
          { id: 3, path: 'inbox.onMessage' },
          { id: 4, path: 'chat.onPresence', input: { roomId: roomId + 1 } },
        ],
        { version },
      );
      await Promise.all(
        ['"id":1,"result":{"type":"data"', '"id":3,"result":{"type":"started"}'].map(stream.has),
      );
      await stream.has('"id":2,"result":{"type":"started"}');
      await stream.has('NOT_A_MEMBER');
      const live = await say('live');
      await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hi' });
      await stream.has('"hi"');
      await bob.client.chat.leaveRoom.mutate({ roomId });
      await vi.waitFor(() => expect(stream.text().match(/NOT_A_MEMBER/g)?.length).toBe(3));
      const of = (id: number) => messages(stream.text()).filter((message) => message.id === id);
      const data = (message: object, id: string) => ({
        type: 'data',
        data: { id, data: { type: 'message', message } },
        id,
      });
      const asJson = (value: object) => JSON.parse(JSON.stringify(value));
      expect(of(1).map(({ result, error }) => result ?? error.data.reason)).toEqual([
        { type: 'started' },
        data(asJson(held), held.id),
        data(asJson(live), live.id),
        'NOT_A_MEMBER',
      ]);
      expect(of(2).map(({ result, error }) => result?.id ?? result?.type ?? error.data.reason)).toEqual([
        'started',
        live.id,
        'NOT_A_MEMBER',
      ]);
      expect(of(4).map(({ error }) => error.data)).toMatchObject([
        { reason: 'NOT_A_MEMBER', path: 'chat.onPresence' },
      ]);
      expect(stream.text()).not.toMatch(/\n\n\n/);
    },
  );

  it('is refused as a whole where the request is invalid, and for each subscription without a session', async () => {
    const { open, roomId, deps, front } = await setup();
    const valid = { id: 1, path: 'chat.onMessage', input: { roomId } };
    const invalid = [
      'x',
      [{ ...valid, id: 'x' }],
      [{ ...valid, path: 'x'.repeat(129) }],
      [valid, valid],
      [{ ...valid, lastEventId: 'x'.repeat(65) }],
      Array.from({ length: 1001 }, (_, id) => ({ id, path: 'x' })),
    ];
    for (const subscriptions of invalid) {
      const answer = await open(subscriptions);
      await answer.has('INVALID_INPUT');
      expect(answer.text()).toMatch(/^HTTP\/1\.1 400 /);
    }
    const large = await open([{ ...valid, input: 'x'.repeat(128 * 1024) }]);
    await large.has('TOO_LARGE');
    expect(large.text()).toMatch(/^HTTP\/1\.1 413 /);
    const stranger = await open([valid, { id: 2, path: 'auth.me' }], { token: 'nobody' });
    await Promise.all(['"id":1,"error"', '"id":2,"error"'].map(stranger.has));
    expect(
      messages(stranger.text())
        .map(({ error }) => error.data.reason)
        .sort(),
    ).toEqual(['NO_SUCH_PROCEDURE', 'UNAUTHORIZED']);
    stranger.socket.destroy();
    await vi.waitFor(() => expect([deps.hub.size, front.sse.size]).toEqual([0, 0]));
  });

  it('accepts a cookie only from pages of the same origin', async () => {
    const { front, roomId, bob } = await setup();
    const body = JSON.stringify({ subscriptions: [{ id: 1, path: 'chat.onPresence', input: { roomId } }] });
    for (const [site, expected] of [
      ['same-origin', '"started"'],
      ['cross-site', 'UNAUTHORIZED'],
    ] as const) {
      const connection = await openRaw(front.url);
      const headers = [`Cookie: mirage_session=${bob.token}`, `Sec-Fetch-Site: ${site}`];
      const type = ['Content-Type: application/json', `Content-Length: ${body.length}`];
      connection.send(['POST /trpc/subscriptions HTTP/1.1', 'Host: x', ...headers, ...type]);
      connection.socket.write(body);
      await connection.has(expected);
    }
  });
});

describe('the client over `sse`', () => {
  it('ends subscriptions where the server refuses the request for good', async () => {
    const { url, roomId, bob } = await startRoom();
    const { room, connection } = liveClient({ url, token: bob.token, transport: 'sse' });
    const following = room(roomId, 'x'.repeat(200_000));
    await following.ended();
    expect([following.ends, connection.state]).toEqual([['TOO_LARGE'], 'idle']);
  });

  it('resumes all subscriptions in one request, each after its own last event', async () => {
    const { deps, bob, alice, roomId, say } = await setup();
    const front = await openFront(deps);
    const proxy = await startProxy(front.url);
    const requests: string[] = [];
    front.server.prependListener('request', ({ method, url }) => requests.push(`${method} ${url}`));
    const { room, inbox, connection } = liveClient({ url: proxy.url, token: bob.token, transport: 'sse' });
    const [one, two] = [room(roomId), inbox('0')];
    await Promise.all([one.started(), two.started()]);
    await say('a');
    await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'b' });
    await Promise.all([one.word('a'), two.word('b')]);
    expect(connection.state).toBe('open');
    requests.length = 0;
    proxy.cut();
    await vi.waitFor(() => expect(connection.state).toBe('connecting'));
    await say('c');
    await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'd' });
    await Promise.all([one.word('c'), two.word('d')]);
    await vi.waitFor(() => expect(connection.state).toBe('open'));
    expect([one.words, two.words]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
    expect(requests.filter((request) => request.startsWith('POST'))).toEqual(['POST /trpc/subscriptions']);
    expect([one, two].map(({ ends }) => ends.map(reasonOf))).toEqual([[], []]);
  });
});
