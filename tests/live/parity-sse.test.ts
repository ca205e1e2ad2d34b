import { expect, it } from 'vitest';
import { startRoom } from '../support/live.ts';
import { errorOf, openStream } from '../support/raw-stream.ts';
import { startStock } from '../support/stock-server.ts';

type Stream = Awaited<ReturnType<typeof openStream>>;
type Both = readonly [Stream, Stream];

async function setup() {
  const mirage = await startRoom();
  const stock = await startStock(mirage.deps);
  const both = async (
    ...request: Parameters<typeof openStream> extends [string, ...infer Rest] ? Rest : never
  ) => [await openStream(mirage.url, ...request), await openStream(stock, ...request)] as const;
  return { ...mirage, both };
}

const headersOf = ({ response }: Stream) => [
  response.status,
  ...['content-type', 'x-accel-buffering', 'transfer-encoding'].map((name) => response.headers.get(name)),
];

async function expectAlike([ours, stock]: Both, last: string): Promise<void> {
  await Promise.all([ours.has(last), stock.has(last)]);
  expect(headersOf(ours)).toEqual(headersOf(stock));
  expect(ours.response.headers.get('cache-control')).toBe('no-store, no-transform');
  expect(ours.text()).toBe(fieldsOf(stock));
}

/** Our events end with one empty line, as some clients take the second one of the stock adapter for an event. */
const fieldsOf = (stock: Stream) => stock.text().replaceAll('\n\n\n', '\n\n');

it('sends the messages of a room as the stock adapter does', async () => {
  const { both, bob, roomId, say } = await setup();
  const { id } = await say('held');
  await say('held too');
  const request = { token: bob.token, input: { roomId } };
  const streams = await both('chat.onMessage', request);
  await Promise.all(streams.map((stream) => stream.has('held too')));
  for (const text of ['live', 'x'.repeat(16_384), '世界 "\\\n', '\u2028\r\n\r\ndata: no', 'last'])
    await say(text);
  await expectAlike(streams, 'last');

  await expectAlike(await both('chat.onMessage', { ...request, headers: { 'last-event-id': id } }), 'last');
  await expectAlike(await both('chat.onMessage', { ...request, query: { lastEventId: id } }), 'last');
  await expectAlike(await both('chat.onMessage', { ...request, query: { 'Last-Event-Id': id } }), 'last');
});

it('sends a gap as the stock adapter does', async () => {
  const { both, bob, roomId, say } = await setup();
  await say('held');
  await say('last');
  const streams = await both('chat.onMessage', {
    token: bob.token,
    input: { roomId },
    headers: { 'last-event-id': '1-0' },
  });
  await expectAlike(streams, 'last');
  expect(streams[0].text()).toContain('gap');
});

it('sends the events of an inbox as the stock adapter does', async () => {
  const { both, alice, bob } = await setup();
  const send = (text: string) => alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text });
  const streams = await both('inbox.onMessage', { token: bob.token, headers: { 'last-event-id': '0' } });
  await Promise.all(streams.map((stream) => stream.has('connected')));
  const { id } = await send('hello');
  await Promise.all(streams.map((stream) => stream.has('hello')));
  await bob.client.inbox.markRead.mutate({ upTo: id });
  await bob.client.inbox.deleteMessage.mutate({ id });
  await Promise.all(streams.map((stream) => stream.has('deleted')));
  await send('last');
  await expectAlike(streams, 'last');
});

it('sends presence as the stock adapter does', async () => {
  const { both, alice, bob, roomId } = await setup();
  const streams = await both('chat.onPresence', { token: bob.token, input: { roomId } });
  await Promise.all(streams.map((stream) => stream.has('"type":"change"')));
  await alice.client.chat.setTyping.mutate({ roomId, isTyping: true });
  await Promise.all(streams.map((stream) => stream.has('"typing":["alice"]')));
  expect(streams[0].text()).toBe(fieldsOf(streams[1]));
});

it('refuses as the stock adapter does', async () => {
  const { both, bob, user, roomId } = await setup();
  const mallory = await user('mallory');
  const tokens = [undefined, 'nonsense', mallory.token].flatMap((token) => (token ? [{ token }] : [{}]));
  for (const token of tokens)
    for (const procedure of ['chat.onMessage', 'chat.onPresence'])
      await expectAlike(await both(procedure, { ...token, input: { roomId } }), 'serialized-error');

  const { token } = bob;
  const invalid = [
    { token },
    { token, input: { roomId: 'x' } },
    { token, input: { roomId }, headers: { 'last-event-id': 'nonsense' } },
    { token, input: 'nonsense', headers: { 'last-event-id': '1-0' } },
  ];
  for (const request of invalid) await expectAlike(await both('chat.onMessage', request), 'serialized-error');
});

it.each([
  ['a procedure that there is not', 'chat.onNothing', {}],
  ['a query', 'auth.me', {}],
  ['a mutation', 'auth.logout', {}],
])('answers %s as the stock adapter does', async (_, procedure, query) => {
  const { both, bob } = await setup();
  const streams = await both(procedure, { token: bob.token, query });
  await Promise.all(streams.map((stream) => stream.over()));
  const [ours, stock] = streams.map((stream) => [stream.response.status, stream.text()]);
  expect(ours).toEqual(stock);
});

it('refuses input that is not JSON as the stock adapter does, with a message of its own', async () => {
  const { both, bob } = await setup();
  const streams = await both('chat.onMessage', { token: bob.token, query: { input: '{' } });
  await Promise.all(streams.map((stream) => stream.over()));
  const [ours, stock] = streams.map((stream) => errorOf(stream.events())?.data);
  expect(ours).toEqual(stock);
  expect(ours?.reason).toBe('INVALID_INPUT');
});

it('ends a stream whose access was revoked as the stock adapter does', async () => {
  const { both, bob, roomId, say } = await setup();
  const streams = await both('chat.onMessage', { token: bob.token, input: { roomId } });
  await say('hello');
  await Promise.all(streams.map((stream) => stream.has('hello')));
  await bob.client.chat.leaveRoom.mutate({ roomId });
  await Promise.all(streams.map((stream) => stream.over()));
  await expectAlike(streams, 'NOT_A_MEMBER');
});
