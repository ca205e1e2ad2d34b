import { expect, it } from 'vitest';
import { createCallerFactory, publicProcedure, router } from '../../src/server/api/trpc.ts';
import { type Mirage, startMirage } from '../support/harness.ts';

interface Request {
  token?: string | undefined;
  key?: string | undefined;
  headers?: Record<string, string>;
}

async function post(url: string, body: unknown, { token, key, headers }: Request = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: token }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...headers,
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

/** Posts to a procedure, or with a slash at the beginning to a legacy path. */
const poster =
  ({ url }: Mirage) =>
  (path: string, body: unknown, request?: Request) =>
    post(path.startsWith('/') ? url + path : `${url}/trpc/${path}`, body, request);

const reasonIn = (text: string) =>
  (JSON.parse(text) as { error: { data: { reason: string } } }).error.data.reason;

it('gives the first answer again to the same caller, and to nobody else', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const create = (user = ada, key = 'k') =>
    send('chat.createRoom', { name: 'lobby' }, { token: user.token, key });
  const first = await create();
  expect(first.status).toBe(200);
  expect(await create()).toEqual(first);
  expect(await create(ada, '"k"')).toEqual(first); // the same key, quoted
  // Bob has made no such request; nor has ada with another key, or without one.
  for (const other of [create(bob), create(ada, 'l'), send('chat.createRoom', { name: 'lobby' }, ada)])
    expect(reasonIn((await other).text)).toBe('ROOM_NAME_TAKEN');
});

it('gives refusals again, but carries out what was refused for the moment or for its form', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { id } = await ada.client.chat.createRoom.mutate({ name: 'lobby' });
  const remove = () => send('chat.deleteRoom', { roomId: id }, { token: bob.token, key: 'no' });
  const refused = await remove();
  expect([refused.status, reasonIn(refused.text)]).toEqual([403, 'NOT_THE_CREATOR']);
  await ada.client.chat.deleteRoom.mutate({ roomId: id });
  expect(await remove()).toEqual(refused);

  const invalid = await send('chat.createRoom', { name: '' }, { token: ada.token, key: 'x' });
  expect(invalid.status).toBe(400);
  expect((await send('chat.createRoom', { name: 'hall' }, { token: ada.token, key: 'x' })).status).toBe(200);
});

it('refuses another request under the same key', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const { token } = await mirage.user('ada');
  const request = { token, key: 'k' };
  await send('chat.createRoom', { name: 'lobby' }, request);
  for (const other of [
    send('chat.createRoom', { name: 'hall' }, request),
    send('chat.joinRoom', { name: 'lobby' }, request),
    send('chat.createRoom?batch=1', { 0: { name: 'hall' } }, request).then(({ status, text }) => ({
      status,
      text: JSON.stringify((JSON.parse(text) as unknown[])[0]),
    })),
  ]) {
    const { status, text } = await other;
    expect([status, reasonIn(text)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  }
  expect(await send('/api/create_room', { room_name: 'hall' }, request)).toEqual({
    status: 422,
    text: '{"error":"this Idempotency-Key was used for another request"}',
  });
  expect(await mirage.deps.db.room.count()).toBe(1);
});

it('lets a repeat wait for the first, so that both get one answer', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const { token } = await mirage.user('ada');
  const room = { name: 'vault', password: 'slow to hash' };
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => send('chat.createRoom', room, { token, key: 'k' })),
  );
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
});

it('gives the answer of a single call again in a batch of one, and refuses one key for several mutations', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const { token } = await mirage.user('ada');
  const first = await send('chat.createRoom', { name: 'lobby' }, { token, key: 'k' });
  const batched = await send('chat.createRoom?batch=1', { 0: { name: 'lobby' } }, { token, key: 'k' });
  expect(batched).toEqual({ status: 200, text: `[${first.text}]` });
  for (const comma of [',', '%2C']) {
    const path = ['chat.createRoom', 'chat.createRoom'].join(comma);
    const both = { 0: { name: 'a' }, 1: { name: 'b' } };
    const { status, text } = await send(`${path}?batch=1`, both, { token, key: 'two' });
    expect([status, reasonIn(text)]).toEqual([400, 'INVALID_INPUT']);
  }
  const two = { 0: { name: 'a' }, 1: { name: 'b' } };
  expect((await send('chat.createRoom,chat.createRoom?batch=1', two, { token })).status).toBe(200);
});

it('replays nothing to a session that has ended, nor a log-out in place of another one', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const ada = await mirage.user('ada');
  const second = JSON.parse(
    (await send('auth.login', { username: 'ada', password: 'password of ada' })).text,
  ) as { result: { data: { token: string } } };
  const { token } = second.result.data;
  await send('chat.createRoom', { name: 'lobby' }, { token, key: 'k' });
  expect((await send('auth.logout', undefined, { token, key: 'out' })).status).toBe(200);
  for (const [path, key, body] of [
    ['chat.createRoom', 'k', { name: 'lobby' }],
    ['auth.logout', 'out', undefined],
  ] as const)
    expect((await send(path, body, { token, key })).status).toBe(401);
  // The other session of the same user gets the answer about the room, but has not logged out.
  expect((await send('chat.createRoom', { name: 'lobby' }, { token: ada.token, key: 'k' })).status).toBe(200);
  expect((await send('auth.logout', undefined, { token: ada.token, key: 'out' })).status).toBe(422);
  expect((await send('/api/logout', { token: ada.token }, { key: 'legacy' })).status).toBe(200);
  expect((await send('/api/logout', { token: ada.token }, { key: 'legacy' })).status).toBe(401);
});

it('tells strangers apart by what they ask for', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const account = (name: string) => ({
    username: name,
    email: `${name}@example.com`,
    password: `secret of ${name}`,
  });
  const first = await send('auth.register', account('ada'), { key: 'k' });
  expect(first.status).toBe(200);
  expect(await send('auth.register', account('ada'), { key: 'k' })).toEqual(first);
  expect((await send('auth.register', account('bob'), { key: 'k' })).status).toBe(200);
  const guessed = { ...account('ada'), password: 'a guess' };
  expect(reasonIn((await send('auth.register', guessed, { key: 'k' })).text)).toBe('USERNAME_TAKEN');
  expect((await send('/api/register', account('carol'), { key: 'k' })).status).toBe(201);
  expect((await send('/api/register', account('carol'), { key: 'k' })).status).toBe(201);
});

it('carries out a call again whose answer holds a secret', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const ada = await mirage.user('ada');
  const credentials = { username: 'ada', password: 'password of ada' };
  for (const path of ['auth.login', '/api/login']) {
    const answers = [
      await send(path, credentials, { key: 'k' }),
      await send(path, credentials, { key: 'k' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers[0]?.text).not.toBe(answers[1]?.text);
  }
  const tickets = [1, 2].map(() => send('auth.createTicket', undefined, { token: ada.token, key: 'k' }));
  const [one, two] = await Promise.all(tickets);
  expect(one?.status).toBe(200);
  expect(one?.text).not.toBe(two?.text);
});

it('answers ALREADY_DONE where a secret was made that must not be made twice', async () => {
  const mirage = await startMirage();
  let made = 0;
  const createCaller = createCallerFactory(
    router({
      invite: publicProcedure.meta({ repeat: 'alreadyDone' }).mutation(() => {
        made += 1;
        return { id: made, code: 'secret' };
      }),
    }),
  );
  const { deps } = mirage;
  const caller = createCaller({ deps, token: undefined, address: '192.0.2.1', idempotencyKey: 'k' });
  expect(await caller.invite()).toEqual({ id: 1, code: 'secret' });
  await expect(caller.invite()).rejects.toMatchObject({ reason: 'ALREADY_DONE', id: 1 });
  expect(made).toBe(1);
});

it('takes the key of a send as its clientId', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const ada = await mirage.user('ada');
  await mirage.user('bob');
  const note = { recipient: 'bob', text: 'hello' };
  const request = { token: ada.token, key: 'k' };
  const first = await send('inbox.sendMessage', note, request);
  const { data } = (JSON.parse(first.text) as { result: { data: object } }).result;
  expect(data).toMatchObject({ clientId: 'k', text: 'hello' });
  for (const repeat of [
    send('inbox.sendMessage', note, request),
    send('inbox.sendMessage', { ...note, clientId: 'k' }, request),
    send('inbox.sendMessage', { ...note, clientId: 'k' }, { token: ada.token }),
  ])
    expect(await repeat).toEqual(first);
  expect(
    (await send('/api/send_inbox_message', { recipient: 'bob', message: 'hello' }, request)).status,
  ).toBe(200);
  expect(await ada.client.inbox.countMessages.query()).toMatchObject({ total: 1 });

  const another = { recipient: 'bob', text: 'another' };
  const outcomes = [
    await send('inbox.sendMessage', another, request),
    await send('inbox.sendMessage', { ...another, clientId: 'k' }, { token: ada.token }),
    await send('inbox.sendMessage', { ...note, clientId: 'l' }, request),
  ].map(({ status, text }) => [status, reasonIn(text)]);
  expect(outcomes).toEqual([
    [422, 'IDEMPOTENCY_KEY_REUSED'],
    [409, 'CLIENT_ID_REUSED'],
    [400, 'INVALID_INPUT'],
  ]);
  expect(
    (await send('/api/send_inbox_message', { recipient: 'bob', message: 'another' }, request)).status,
  ).toBe(422);
});

it('answers a repeated change of a message with the message as it is now, and keeps no text', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const ada = await mirage.user('ada');
  await mirage.user('bob');
  const { id } = (await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'one' })) as {
    id: number;
  };
  const edit = () => send('inbox.editMessage', { id, text: 'two' }, { token: ada.token, key: 'edit' });
  expect((await edit()).text).toContain('"text":"two"');
  await ada.client.inbox.editMessage.mutate({ id, text: 'three' });
  expect((await edit()).text).toContain('"text":"three"'); // not written over
  await ada.client.inbox.deleteMessage.mutate({ id });
  expect(reasonIn((await edit()).text)).toBe('MESSAGE_NOT_FOUND');
});

it.each(['two words', '', 'x'.repeat(65), '"unfinished', '"with space inside "', 'é'])(
  'refuses the key %j, but not where it plays no role',
  async (key) => {
    const mirage = await startMirage();
    const send = poster(mirage);
    const { token } = await mirage.user('ada');
    const answers = [
      await send('chat.createRoom', { name: 'lobby' }, { token, key }),
      await send('inbox.sendMessage', { recipient: 'ada', text: 'hi' }, { token, key }),
      await send('/api/create_room', { room_name: 'lobby' }, { token, key }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    const asking = { headers: { authorization: token, 'idempotency-key': key } };
    for (const path of ['/trpc/inbox.countMessages', '/api/inbox_count'])
      expect((await fetch(mirage.url + path, asking)).status).toBe(200);
  },
);

it('lets pages of other origins send the header', async () => {
  const { url } = await startMirage();
  for (const path of ['/trpc/chat.createRoom', '/api/create_room']) {
    const { headers } = await fetch(url + path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://chat.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,idempotency-key',
      },
    });
    expect(headers.get('access-control-allow-headers')).toBe('content-type, idempotency-key');
  }
});

it('gives the first answer of every legacy call again', async () => {
  const mirage = await startMirage();
  const send = poster(mirage);
  const ada = await mirage.user('ada');
  const request = (key: string) => ({ token: ada.token, key });
  const { id } = (await ada.client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'note' })) as {
    id: number;
  };
  for (const [path, body] of [
    ['/api/create_room', { room_name: 'lobby' }],
    ['/api/join_room', { name: 'lobby' }],
    ['/api/delete_inbox_message', { message_id: id }],
    ['/api/user/settings', { description: 'about me' }],
    ['/api/create_room', { room_name: 'lobby' }],
  ] as const) {
    const key = `${path} ${JSON.stringify(body)}`.length.toString(36) + path.slice(5, 9);
    const first = await send(path, body, request(key));
    expect([path, (await send(path, body, request(key))).text]).toEqual([path, first.text]);
    expect(first.status).toBeLessThan(300);
  }
  expect((await send('/api/delete_inbox_message', { message_id: id }, request('new'))).status).toBe(404);
});
