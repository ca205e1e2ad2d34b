import { expect, it } from 'vitest';
import { createCaller } from '../../src/server/api/app-router.ts';
import { startRoom } from '../support/live.ts';
import { openSocket } from '../support/raw-socket.ts';
import { openStream } from '../support/raw-stream.ts';
import { startTracing } from '../support/tracing.ts';

const json = { 'content-type': 'application/json' };
const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${parent}-01`;

async function setup() {
  const mirage = await startRoom();
  const { url, alice } = mirage;
  async function ask(path: string, init: RequestInit = {}) {
    const headers = { authorization: `Bearer ${alice.token}`, ...init.headers };
    const response = await fetch(url + path, { ...init, headers });
    await response.text();
    return response.status;
  }
  const post = (path: string, body: unknown, headers = {}) =>
    ask(path, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
  return { ...mirage, ask, post, ...startTracing() };
}

it('creates a span for a request as a child of the caller’s, and one for the call', async () => {
  const { post, spans, tree, roomId } = await setup();
  expect(await post('/trpc/chat.sendMessage', { roomId, text: 'hello' }, { traceparent })).toBe(200);
  await expect.poll(tree).toEqual(['POST /trpc/chat.sendMessage > (chat.sendMessage)']);
  const [call, request] = spans();
  expect(request).toMatchObject({
    traceId,
    parent,
    isEntry: true,
    isError: false,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/trpc/chat.sendMessage',
      'http.response.status_code': 200,
    },
  });
  expect(call).toMatchObject({
    traceId,
    isEntry: false,
    attributes: { 'rpc.system': 'trpc', 'rpc.method': 'chat.sendMessage' },
  });
});

it('keeps the context while it waits for a body or for other work', async () => {
  const { url, alice, tree } = await setup();
  const text = JSON.stringify({ recipient: 'bob', text: 'hello' });
  let sendRest = () => {};
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, 10)));
      sendRest = () => {
        controller.enqueue(new TextEncoder().encode(text.slice(10)));
        controller.close();
      };
    },
  });
  const answer = fetch(`${url}/trpc/inbox.sendMessage`, {
    method: 'POST',
    headers: { ...json, authorization: alice.token, 'content-length': String(text.length) },
    body,
    duplex: 'half',
  } as RequestInit);
  await fetch(`${url}/healthz`);
  sendRest();
  expect((await answer).status).toBe(200);
  await expect.poll(tree).toEqual(['POST /trpc/inbox.sendMessage > (inbox.sendMessage > (inbox commit))']);
});

it('creates a span for each call of a batch, as a child of the request’s', async () => {
  const { ask, tree } = await setup();
  expect(await ask('/trpc/auth.me,users.count?batch=1')).toBe(200);
  await expect.poll(tree).toEqual(['GET /trpc/batch > (auth.me, users.count)']);
});

it('creates spans for legacy paths and for each procedure they call', async () => {
  const { post, ask, tree, roomId } = await setup();
  expect(await post('/api/send_room_message', { room_id: roomId, message: 'hello' })).toBe(200);
  expect(await ask('/api/user/alice')).toBe(200);
  expect(await post('/api/login', { username: 'bob', password: 'password of bob' })).toBe(200);
  await expect
    .poll(tree)
    .toEqual([
      'POST /api/send_room_message > (chat.sendMessage)',
      'GET /api/user/{username} > (users.get)',
      'POST /api/login > (auth.login > (password compare))',
    ]);
});

it('creates spans for calls over a WebSocket and for the start of a subscription', async () => {
  const { url, alice, roomId, spans, tree } = await setup();
  const socket = await openSocket(url, alice.token);
  socket.send({
    id: 1,
    method: 'mutation',
    params: { path: 'chat.sendMessage', input: { roomId, text: 'hi' } },
  });
  await socket.until(() => socket.frames().length === 1);
  socket.subscribe(2, 'chat.onMessage', { roomId });
  await socket.has('"hi"');
  const stream = await openStream(url, 'inbox.onMessage', { token: alice.token, headers: { traceparent } });
  await stream.until(() => stream.events().length > 0);
  await expect.poll(() => tree()).toEqual(['chat.sendMessage', 'chat.onMessage', 'inbox.onMessage']);
  expect(spans().every(({ isEntry }) => isEntry)).toBe(true);
  expect(spans()[2]).toMatchObject({ traceId, parent });
  expect(new Set(spans().map((span) => span.traceId)).size).toBe(3);
});

it('records the reason of a refusal, and an error only for faults of the server', async () => {
  const { post, ask, spans, deps, roomId } = await setup();
  expect(await post('/trpc/chat.sendMessage', { roomId: 99, text: 'hello' })).toBe(403);
  expect(await ask('/trpc/no.such')).toBe(404);
  Object.assign(deps.roomMessages, { append: () => Promise.reject(new Error('secret of the store')) });
  expect(await post('/trpc/chat.sendMessage', { roomId, text: 'hello' })).toBe(500);
  await expect.poll(() => spans().length).toBe(5);
  expect(spans().map(({ name, isError, attributes }) => [name, isError, attributes['error.type']])).toEqual([
    ['chat.sendMessage', false, 'NOT_A_MEMBER'],
    ['POST /trpc/chat.sendMessage', false, undefined],
    ['GET', false, undefined],
    ['chat.sendMessage', true, 'INTERNAL'],
    ['POST /trpc/chat.sendMessage', true, '500'],
  ]);
});

it('contains no content of requests and no internal error messages', async () => {
  const { post, ask, spans, roomId, alice, deps } = await setup();
  const secret = 'sesame';
  await post('/trpc/chat.sendMessage', { roomId, text: secret });
  await post('/trpc/auth.login', { username: 'alice', password: secret });
  await post('/api/login', { username: secret, password: secret });
  await ask(`/api/user/${secret}?token=${alice.token}`, { headers: { cookie: secret } });
  await ask(`/trpc/${secret}?input=${secret}`);
  await ask(`/trpc/users.get?input=${encodeURIComponent(`{"username":"${secret}"}`)}`);
  Object.assign(deps.roomMessages, { append: () => Promise.reject(new Error(secret)) });
  await post('/trpc/chat.sendMessage', { roomId, text: secret });
  await expect.poll(() => spans().length).toBeGreaterThan(14);
  for (const { text } of spans()) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(alice.token);
    expect(text).not.toContain('127.0.0.1');
  }
});

it('nests spans of in-process calls in those of the calling program', async () => {
  const { deps, alice, roomId, tree } = await setup();
  const api = createCaller({ deps, token: alice.token, address: '' });
  await api.chat.sendMessage({ roomId, text: 'hello' });
  expect(tree()).toEqual(['chat.sendMessage']);
});

it('creates no spans for health checks, files and preflights, and none without an SDK', async () => {
  const { ask, spans, stop } = await setup();
  for (const path of ['/healthz', '/readyz', '/', '/no-such']) await ask(path);
  await ask('/trpc/auth.me', { method: 'OPTIONS' });
  stop();
  expect(await ask('/trpc/auth.me')).toBe(200);
  expect(spans()).toEqual([]);
});
