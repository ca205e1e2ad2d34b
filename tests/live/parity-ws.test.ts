import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startRoom } from '../support/live.ts';
import { openSocket } from '../support/raw-socket.ts';
import { startStock } from '../support/stock-server.ts';

type Socket = Awaited<ReturnType<typeof openSocket>>;

async function setup() {
  const mirage = await startRoom();
  const stock = await startStock(mirage.deps);
  /** One connection to each. */
  const both = async (token?: string) =>
    [await openSocket(mirage.url, token), await openSocket(stock, token)] as const;
  return { ...mirage, both };
}

/**
 * As text, byte for byte but for one thing: an event without an id comes with the one that its reader holds, which the
 * stock adapter leaves out, so that its client forgets where it was.
 */
const texts = ({ texts }: Socket) =>
  texts.map((text) => {
    const { id, result, ...rest } = JSON.parse(text);
    if (result?.data === undefined || result.id === undefined || result.data.id === result.id) return text;
    const { id: _, ...bare } = result;
    return JSON.stringify({ id, result: bare, ...rest });
  });

async function expectAlike([ours, stock]: readonly [Socket, Socket], last: string): Promise<void> {
  await Promise.all([ours.has(last), stock.has(last)]);
  expect(texts(ours)).toEqual(texts(stock));
}

it.each([1, 7, 'a "string"'])(
  'sends the messages of a room as the stock adapter does, to request %j',
  async (id) => {
    const { both, bob, roomId, say } = await setup();
    const first = await say('held');
    await say('held too');
    const sockets = await both(bob.token);
    for (const socket of sockets) socket.subscribe(id, 'chat.onMessage', { roomId });
    await Promise.all(sockets.map((socket) => socket.has('held too')));
    for (const text of ['live', 'x'.repeat(200), 'y'.repeat(16_384), '世界 "\\\n', '\u2028</script>'])
      await say(text);
    await say('last');
    await expectAlike(sockets, 'last');

    for (const socket of sockets) socket.send({ id, method: 'subscription.stop' });
    await expectAlike(sockets, 'stopped');

    const again = await both(bob.token);
    for (const socket of again) socket.subscribe(id, 'chat.onMessage', { roomId }, first.id);
    await expectAlike(again, 'last');
  },
);

it('echoes the JSON-RPC version of the request, as the stock adapter does', async () => {
  const { both, bob, roomId, say } = await setup();
  await say('held');
  const sockets = await both(bob.token);
  const request = {
    jsonrpc: '2.0',
    method: 'subscription',
    params: { path: 'chat.onMessage', input: { roomId } },
  };
  for (const { send } of sockets) {
    send({ id: 1, ...request });
    send({ id: '1', ...request, jsonrpc: undefined });
  }
  await Promise.all(
    sockets.map(({ until, texts }) => until(() => texts.join().match(/held/g)?.length === 2)),
  );
  for (const { send } of sockets) send({ id: 1, jsonrpc: '2.0', method: 'subscription.stop' });
  await expectAlike(sockets, 'stopped');
  expect(sockets[0].texts.filter((text) => text.includes('"jsonrpc":"2.0"'))).toHaveLength(3);
});

it('sends a gap as the stock adapter does', async () => {
  const { both, bob, roomId, say } = await setup();
  const sockets = await both(bob.token);
  await say('held');
  for (const socket of sockets) socket.subscribe(1, 'chat.onMessage', { roomId }, '1-0');
  await expectAlike(sockets, 'held');
  expect(sockets[0].texts.join()).toContain('gap');
});

it('sends the events of an inbox as the stock adapter does', async () => {
  const { both, alice, bob } = await setup();
  const send = (text: string) => alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text });
  const sockets = await both(bob.token);
  for (const socket of sockets) socket.subscribe(1, 'inbox.onMessage');
  await Promise.all(sockets.map((socket) => socket.has('started')));
  const { id } = await send('hello');
  await Promise.all(sockets.map((socket) => socket.has('hello')));
  await bob.client.inbox.markRead.mutate({ upTo: id });
  await bob.client.inbox.deleteMessage.mutate({ id });
  await Promise.all(sockets.map((socket) => socket.has('deleted')));
  await send('last');
  await expectAlike(sockets, 'last');
});

it('sends presence as the stock adapter does', async () => {
  const { both, alice, bob, roomId } = await setup();
  const sockets = await both(bob.token);
  for (const socket of sockets) {
    socket.subscribe(1, 'chat.onPresence', { roomId });
    await socket.has('"online":["bob"]');
  }
  await Promise.all(sockets.map((socket) => socket.has('"started"')));
  await alice.client.chat.setTyping.mutate({ roomId, isTyping: true });
  await Promise.all(sockets.map((socket) => socket.has('"typing":["alice"]')));
  const [ours, theirs] = sockets.map((socket) => texts(socket));
  expect([ours?.slice(0, 2), ours?.at(-1)]).toEqual([theirs?.slice(0, 2), theirs?.at(-1)]);
});

it('refuses as the stock adapter does', async () => {
  const { both, bob, user, roomId } = await setup();
  const mallory = await user('mallory');
  const attempts: [path: string, input?: unknown, lastEventId?: string][] = [
    ['chat.onMessage', { roomId }],
    ['chat.onMessage', { roomId: 'x' }],
    ['chat.onMessage', { roomId: 0 }],
    ['chat.onMessage'],
    ['chat.onMessage', { roomId }, 'nonsense'],
    ['chat.onPresence', { roomId }],
    ['chat.onPresence', 'nonsense'],
    ['inbox.onMessage', {}, 'x'.repeat(65)],
    ['inbox.onMessage', 7],
    ['chat.onNothing', { roomId }],
    ['auth.me'],
    ['', {}],
  ];
  for (const token of [undefined, 'nonsense', mallory.token, bob.token]) {
    const sockets = await both(token);
    for (const socket of sockets) {
      for (const [index, [path, input, lastEventId]] of attempts.entries()) {
        // What bob may do would go on and on.
        if (token === bob.token && (index === 0 || index === 5)) continue;
        const before = socket.errors().length;
        socket.subscribe(index, path, input, lastEventId);
        await socket.until(() => socket.errors().length > before);
      }
    }
    expect(texts(sockets[0])).toEqual(texts(sockets[1]));
  }
});

it('ends a subscription whose access was revoked as the stock adapter does', async () => {
  const { both, bob, roomId, say } = await setup();
  const sockets = await both(bob.token);
  for (const socket of sockets) socket.subscribe(1, 'chat.onMessage', { roomId });
  await say('hello');
  await Promise.all(sockets.map((socket) => socket.has('hello')));
  await bob.client.chat.leaveRoom.mutate({ roomId });
  await expectAlike(sockets, 'NOT_A_MEMBER');
  for (const socket of sockets) expect(socket.closes).toEqual([]);
});

const call = (id: unknown, method: unknown, path: unknown, more: object = {}) => ({
  id,
  method,
  params: { path, ...more },
});

it('answers frames that are no calls, and calls beside them, as the stock adapter does', async () => {
  const { both, bob, roomId } = await setup();
  const sockets = await both(bob.token);
  const me = call(1, 'query', 'auth.me');
  const frames: (string | Buffer | object)[] = [
    ...['PING', 'PONG', '', 'nonsense', '7', 'null', 'true', '"text"', '[]', '[7]', '{}', '[null]'],
    Buffer.from(JSON.stringify(me)),
    { id: 1 },
    { id: 1, method: 'query' },
    { id: 1, method: 'query', params: 7 },
    { id: 1, method: 'query', params: [] },
    { id: {}, method: 'query', params: { path: 'auth.me' } },
    { ...me, jsonrpc: '1.0' },
    { ...me, jsonrpc: '2.0' },
    { id: 1, method: 'subscription.stop' },
    { id: null, method: 'subscription.stop' },
    call(null, 'query', 'auth.me'),
    { ...call(null, 'query', 'auth.me'), jsonrpc: '2.0' },
    call(2, 'nonsense', 'auth.me'),
    call(2, 'query', 7),
    call(2, 'query', 'auth.me', { lastEventId: 7 }),
    call(3, 'query', 'auth.me', { lastEventId: 'x' }),
    call(4, 'mutation', 'auth.me'),
    call(5, 'query', 'inbox.onMessage'),
    call(6, 'subscription', 'auth.me'),
    call(7, 'query', 'nothing.here'),
    call(8, 'query', 'constructor'),
    call(9, 'query', 'chat.listMessages', { input: { roomId } }),
    call(10, 'query', 'chat.listMessages', { input: { roomId: 'x' } }),
    call('eleven', 'mutation', 'chat.setTyping', { input: { roomId, isTyping: true } }),
    [me, call(12, 'query', 'users.count'), call(13, 'query', 'nothing.here')],
    [me, { id: 14 }],
    [[me]],
  ];
  for (const { socket } of sockets)
    for (const frame of frames)
      socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  for (const { send, has } of sockets) {
    send(call('last', 'query', 'users.count'));
    await has('"last"');
  }
  const [ours, stock] = sockets.map((socket) => socket.texts.toSorted());
  expect(ours).toEqual(stock);
  expect(ours?.length).toBeGreaterThan(frames.length - 5);
});

it.each([
  'nonsense',
  '7',
  '[]',
  'null',
  '{}',
  '{"data":null}',
  '{"data":7}',
  '{"data":{"token":7}}',
  '{"method":"connectionParams","data":{"token":"x"}}',
])('takes the connection parameters %s as the stock adapter does', async (params) => {
  const { url, deps } = await startRoom();
  const outcomes = await Promise.all(
    [url, await startStock(deps)].map(async (origin) => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/trpc?connectionParams=1`);
      const texts: string[] = [];
      socket.on('message', (data) => texts.push(String(data)));
      await once(socket, 'open');
      socket.send(params);
      socket.send(JSON.stringify(call(1, 'query', 'users.count')));
      socket.send(JSON.stringify(call(2, 'query', 'auth.me')));
      await expect.poll(() => socket.readyState === WebSocket.CLOSED || texts.length === 2).toBe(true);
      const { readyState } = socket;
      socket.terminate();
      return { texts: texts.toSorted(), readyState };
    }),
  );
  expect(outcomes[0]).toEqual(outcomes[1]);
});

it('starts and stops subscriptions in any order as the stock adapter does', async () => {
  const { both, bob, roomId, say } = await setup();
  const sockets = await both(bob.token);
  const start = (id: number, room: unknown = roomId) =>
    call(id, 'subscription', 'chat.onMessage', { input: { roomId: room } });
  const stop = (id: number) => ({ id, method: 'subscription.stop' });
  for (const { send } of sockets) {
    send([start(1), stop(1)]);
    send([start(2, 'x'), stop(2)]);
    send([start(3), start(3)]);
    send(start(4));
    send(stop(4));
    send(start(5, 'x'));
    send(stop(5));
  }
  for (const { has } of sockets)
    for (const id of [1, 2, 4]) await has(`{"id":${id},"result":{"type":"stopped"}}`);
  await say('hello');
  for (const { has, send } of sockets) {
    await has('hello');
    send(stop(3));
    await has('{"id":3,"result":{"type":"stopped"}}');
    send(start(1));
    await has('{"id":1,"result":{"type":"started"}}');
  }
  const sorted = sockets.map((socket) => texts(socket).toSorted());
  expect(sorted[0]).toEqual(sorted[1]);
});
