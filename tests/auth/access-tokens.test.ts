import { describe, expect, it } from 'vitest';
import { scopes } from '../../src/server/api/scopes.ts';
import { disableAccount, resetPassword } from '../../src/server/services/accounts/accounts.ts';
import { createAccessToken } from '../../src/server/services/sessions/access-tokens.ts';
import { startMirage } from '../support/harness.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal, tally } from '../support/refusal.ts';

const unauthorized = refusal('UNAUTHORIZED');
const outOfScope = refusal('OUT_OF_SCOPE');
const hour = 3_600_000;

type Scope = (typeof scopes)[number];

/** A room, and a way to make access tokens of bob, who is a member. */
async function startWithTokens(settings: Parameters<typeof startRoom>[0] = {}) {
  const mirage = await startRoom(settings);
  const { bob, client } = mirage;
  async function newToken(allowed: Scope[], expiresAt?: number) {
    const made = await bob.client.auth.createToken.mutate({
      name: 'script',
      scopes: allowed,
      ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    });
    return { ...made, client: client(made.token) };
  }
  return { ...mirage, newToken };
}

it('has a scope for reading and one for writing each router but auth, as far as there is something to call', () => {
  expect(scopes).toEqual([
    'chat:read',
    'chat:write',
    'inbox:read',
    'inbox:write',
    'server:read',
    'users:read',
    'users:write',
  ]);
});

it('shows a token once, and lists what is known of it to its owner alone', async () => {
  const { bob, alice, clock, newToken, deps } = await startWithTokens();
  const now = new Date(clock()).toISOString();
  const expiresAt = new Date(clock() + hour).toISOString();
  const first = await bob.client.auth.createToken.mutate({
    name: '  deploy  ',
    scopes: ['chat:write', 'chat:read'],
    expiresAt,
  });
  const second = await newToken(['inbox:read']);

  expect(first).toEqual({
    id: expect.any(Number),
    token: expect.stringMatching(/^mirage_[\w-]{43}$/),
    name: 'deploy',
    scopes: ['chat:write', 'chat:read'],
    createdAt: now,
    lastUsedAt: null,
    expiresAt,
  });
  const { token: _, ...known } = first;
  expect(await bob.client.auth.listTokens.query()).toEqual([
    { ...known, id: second.id, name: 'script', scopes: ['inbox:read'], expiresAt: null },
    known,
  ]);
  expect(await alice.client.auth.listTokens.query()).toEqual([]);
  expect(await bob.client.auth.listSessions.query()).toHaveLength(1);
  const stored = JSON.stringify(await deps.db.session.findMany());
  for (const { token } of [first, second]) expect(stored).not.toContain(token.slice(7));
});

it('records the use of a token to the hour', async () => {
  const { bob, newToken, clock } = await startWithTokens();
  const { client } = await newToken(['users:read']);
  const lastUsed = async () => (await bob.client.auth.listTokens.query())[0]?.lastUsedAt;
  expect(await lastUsed()).toBeNull();
  const first = new Date(clock()).toISOString();
  await client.auth.me.query();
  expect(await lastUsed()).toBe(first);
  clock.advance(hour);
  await client.auth.me.query();
  expect(await lastUsed()).toBe(first);
  clock.advance(1);
  await client.auth.me.query();
  expect(await lastUsed()).toBe(new Date(clock()).toISOString());
});

it.each([
  ['no scope', { scopes: [] }],
  ['an unknown scope', { scopes: ['chat:admin'] }],
  ['a scope of auth', { scopes: ['auth:read'] }],
  ['a scope twice', { scopes: ['chat:read', 'chat:read'] }],
  ['no name', { name: ' ' }],
  ['a name that is too long', { name: 'n'.repeat(101) }],
  ['a time in the past', { expiresAt: '2020-01-01T00:00:00Z' }],
  ['no time', { expiresAt: 'tomorrow' }],
])('refuses to make a token with %s', async (_, wrong) => {
  const { bob } = await startWithTokens();
  const input = { name: 'script', scopes: ['chat:read'], ...wrong } as { name: string; scopes: Scope[] };
  await expect(bob.client.auth.createToken.mutate(input)).rejects.toMatchObject(refusal('INVALID_INPUT'));
  expect(await bob.client.auth.listTokens.query()).toEqual([]);
});

it('lets a user have as many as allowed, also of those made at the same moment', async () => {
  const { bob, alice, clock, newToken } = await startWithTokens({
    maxPerUser: { rooms: 9, memberships: 9, sessions: 9, tickets: 9, tokens: 3 },
  });
  await newToken(['chat:read'], clock() + 1000);
  expect(await tally(Array.from({ length: 6 }, () => newToken(['chat:read'])))).toEqual({
    ok: 2,
    TOKEN_LIMIT: 4,
  });
  await alice.client.auth.createToken.mutate({ name: 'of another', scopes: ['chat:read'] });
  const [newest] = await bob.client.auth.listTokens.query();
  await bob.client.auth.revokeToken.mutate({ id: newest?.id ?? 0 });
  await newToken(['chat:read']);
  await expect(newToken(['chat:read'])).rejects.toMatchObject(refusal('TOKEN_LIMIT'));
  clock.advance(1000); // the first expires, and no longer counts
  await newToken(['chat:read']);
  expect(await bob.client.auth.listTokens.query()).toHaveLength(3);
});

it('makes one token for a repeated call, and does not give it again', async () => {
  const { bob, url } = await startWithTokens();
  const make = async () => {
    const response = await fetch(`${url}/trpc/auth.createToken`, {
      method: 'POST',
      headers: {
        authorization: bob.token,
        'content-type': 'application/json',
        'idempotency-key': 'one-and-the-same',
      },
      body: JSON.stringify({ name: 'script', scopes: ['chat:read'] }),
    });
    return (await response.json()) as {
      result?: { data: { id: number } };
      error?: { data: { reason: string; id: number } };
    };
  };
  const first = await make();
  const again = await make();
  expect(again.error?.data).toMatchObject({ reason: 'ALREADY_DONE', id: first.result?.data.id });
  expect(JSON.stringify(again)).not.toContain('mirage_');
  expect(await bob.client.auth.listTokens.query()).toHaveLength(1);
});

it('refuses what is not in the scopes, and all of auth but auth.me', async () => {
  const { roomId, newToken, bob } = await startWithTokens();
  const { client, id } = await newToken(['chat:read']);
  expect(await client.auth.me.query()).toMatchObject({ username: 'bob' });
  expect(await client.chat.listMessages.query({ roomId })).toEqual([]);
  expect(
    await outcomes([
      client.chat.sendMessage.mutate({ roomId, text: 'no' }),
      client.inbox.countMessages.query(),
      client.users.updateProfile.mutate({ description: 'no' }),
      client.auth.listSessions.query(),
      client.auth.createTicket.mutate(),
      client.auth.createToken.mutate({ name: 'more', scopes: [...scopes] }),
      client.auth.listTokens.query(),
      client.auth.revokeToken.mutate({ id }),
      client.auth.changePassword.mutate({ newPassword: 'mine is long' }),
      client.auth.logout.mutate(),
      client.auth.logoutEverywhere.mutate(),
    ]),
  ).toEqual(new Array(11).fill('OUT_OF_SCOPE'));
  expect(await bob.client.auth.me.query()).toMatchObject({ username: 'bob' });
  expect(await client.chat.listMessages.query({ roomId })).toEqual([]);
});

it('answers 403 where a scope is missing, and 401 to a token that is unknown or revoked', async () => {
  const { newToken, bob, url } = await startWithTokens();
  const { token, id } = await newToken(['chat:read']);
  const status = async (authorization: string) =>
    (await fetch(`${url}/trpc/inbox.countMessages`, { headers: { authorization } })).status;
  expect(await status(`Bearer ${token}`)).toBe(403);
  expect(await status(`Bearer ${token}x`)).toBe(401);
  await bob.client.auth.revokeToken.mutate({ id });
  expect(await status(`Bearer ${token}`)).toBe(401);
});

it('checks each call of a batch', async () => {
  const { url, newToken, roomId } = await startWithTokens();
  const { token } = await newToken(['chat:read', 'users:write']);
  const input = encodeURIComponent(JSON.stringify({ 1: { roomId } }));
  const response = await fetch(
    `${url}/trpc/auth.me,chat.listMessages,inbox.countMessages,auth.listSessions?batch=1&input=${input}`,
    { headers: { authorization: token } },
  );
  const answers = (await response.json()) as { error?: { data: { reason: string } } }[];
  expect(response.status).toBe(207);
  expect(answers.map(({ error }) => error?.data.reason ?? 'ok')).toEqual([
    'ok',
    'ok',
    'OUT_OF_SCOPE',
    'OUT_OF_SCOPE',
  ]);
});

it('changes no e-mail address, by which others could get at the account', async () => {
  const { url, newToken, rest } = await startWithTokens();
  const { client, token } = await newToken(['users:read', 'users:write']);
  await expect(
    client.users.updateProfile.mutate({ email: 'mine@x', description: 'x' }),
  ).rejects.toMatchObject(outOfScope);
  expect(await rest('POST', '/api/user/settings', { token, email: 'mine@x' })).toEqual([
    401,
    { error: 'unauthorized' },
  ]);
  expect(await client.users.updateProfile.mutate({ description: 'allowed' })).toMatchObject({
    email: 'bob@example.com',
    description: 'allowed',
  });
  expect(url).toBeDefined();
});

it('is no session for the web client', async () => {
  const { url, newToken, bob } = await startWithTokens();
  const { token } = await newToken([...scopes]);
  const store = async (authorization: string) => {
    const headers = { authorization: `Bearer ${authorization}`, origin: url };
    const response = await fetch(`${url}/session`, { method: 'POST', headers });
    return [response.status, response.headers.has('set-cookie')];
  };
  expect([await store(token), await store(bob.token)]).toEqual([
    [401, false],
    [204, true],
  ]);
});

it('replays to a token nothing that was answered to a session, nor the other way round', async () => {
  const { url, bob, newToken } = await startWithTokens();
  const { token } = await newToken(['inbox:read', 'chat:write']);
  const { token: small } = await newToken(['inbox:read']);
  const create = async (authorization: string) => {
    const response = await fetch(`${url}/trpc/chat.createRoom`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': 'the-same' },
      body: JSON.stringify({ name: 'once' }),
    });
    const { error } = (await response.json()) as { error?: { data: { reason: string } } };
    return error?.data.reason ?? 'ok';
  };
  expect(await create(bob.token)).toBe('ok');
  expect(await create(bob.token)).toBe('ok'); // the first answer, again
  expect(await create(small)).toBe('OUT_OF_SCOPE');
  expect(await create(token)).toBe('ROOM_NAME_TAKEN'); // a call of its own
});

it('opens the legacy API by the procedures that its routes call', async () => {
  const { rest, roomId, newToken } = await startWithTokens();
  const reading = (await newToken(['chat:read', 'inbox:read'])).token;
  const writing = (await newToken(['chat:write', 'inbox:write'])).token;
  const unauthorizedText = [401, { error: 'unauthorized' }];
  const list = (token: string) => rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token });
  const send = (token: string) =>
    rest('POST', '/api/send_room_message', { token, room_id: roomId, message: 'hi' });

  expect(await list('made-up')).toEqual(unauthorizedText);
  expect(await send(writing)).toEqual([200, { message: 'sent' }]);
  expect(await send(reading)).toEqual(await send('made-up'));
  expect(await list(reading)).toMatchObject([200, { messages: [{ message: 'hi' }] }]);
  expect(await list(writing)).toEqual(unauthorizedText);
  expect(await rest('GET', '/api/inbox', { token: reading })).toMatchObject([200, {}]);
  expect(await rest('GET', '/api/inbox', { token: writing })).toEqual(
    await rest('GET', '/api/inbox', { token: 'made-up' }),
  );
  for (const token of [reading, writing]) {
    expect(await rest('POST', '/api/logout', { token })).toEqual(
      await rest('POST', '/api/logout', { token: 'made-up' }),
    );
    expect(await rest('POST', '/api/user/settings', { token, password: 'mine' })).toEqual(unauthorizedText);
  }
});

it('uploads files only where it may send them, and reads them by their URLs', async () => {
  const { url, roomId, newToken } = await startWithTokens();
  const upload = async (token: string, target: string) => {
    const body = new FormData();
    body.append('file', new Blob(['content']), 'note.txt');
    const response = await fetch(`${url}/files?${target}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body,
    });
    const { id, reason } = (await response.json()) as { id?: string; reason?: string };
    return { status: response.status, id, reason };
  };
  const uploadLegacy = async (token: string) => {
    const body = new FormData();
    body.append('room_id', String(roomId));
    body.append('file', new Blob(['content']), 'note.txt');
    const response = await fetch(`${url}/api/upload_file`, {
      method: 'POST',
      headers: { authorization: token },
      body,
    });
    return [response.status, ((await response.json()) as { error?: string }).error];
  };
  const room = await newToken(['chat:write', 'chat:read', 'inbox:read']);
  const inbox = await newToken(['inbox:write']);
  const [toRoom, toAlice] = [`roomId=${roomId}`, 'recipient=alice'];

  expect(await upload(room.token, toAlice)).toMatchObject({ status: 403, reason: 'OUT_OF_SCOPE' });
  expect(await upload(inbox.token, toRoom)).toMatchObject({ status: 403, reason: 'OUT_OF_SCOPE' });
  expect(await upload(inbox.token, toAlice)).toMatchObject({ status: 201 });
  expect(await uploadLegacy(inbox.token)).toEqual(await uploadLegacy('made-up'));
  expect(await uploadLegacy(inbox.token)).toEqual([401, 'unauthorized']);
  expect(await uploadLegacy(room.token)).toEqual([200, undefined]);
  const { id, status } = await upload(room.token, toRoom);
  expect(status).toBe(201);
  await room.client.chat.sendMessage.mutate({ roomId, text: '', attachments: [id ?? ''] });
  const [message] = await room.client.chat.listMessages.query({ roomId });
  const file = await fetch(new URL(message?.attachments?.[0]?.url ?? '', url));
  expect(await file.text()).toBe('content');
});

it('ends with its revocation by its owner, and by nobody else', async () => {
  const { alice, bob, newToken, client } = await startWithTokens();
  const { id, client: script } = await newToken(['chat:read']);
  const other = await newToken(['chat:read']);
  await script.auth.me.query();
  for (const wrong of [id, 99, 2 ** 40])
    await expect(alice.client.auth.revokeToken.mutate({ id: wrong })).rejects.toMatchObject(
      refusal('TOKEN_NOT_FOUND'),
    );
  await expect(client('made-up').auth.revokeToken.mutate({ id })).rejects.toMatchObject(unauthorized);
  // Neither is the other.
  const [session] = await bob.client.auth.listSessions.query();
  await expect(bob.client.auth.revokeToken.mutate({ id: session?.id ?? 0 })).rejects.toMatchObject(
    refusal('TOKEN_NOT_FOUND'),
  );
  await expect(bob.client.auth.revokeSession.mutate({ id })).rejects.toMatchObject(
    refusal('SESSION_NOT_FOUND'),
  );
  await script.auth.me.query();

  await bob.client.auth.revokeToken.mutate({ id });

  await expect(script.auth.me.query()).rejects.toMatchObject(unauthorized);
  await expect(bob.client.auth.revokeToken.mutate({ id })).rejects.toMatchObject(refusal('TOKEN_NOT_FOUND'));
  await other.client.auth.me.query();
});

it('expires at its time, however much it is used, and outlives sessions that are not', async () => {
  const { bob, newToken, clock, deps } = await startWithTokens();
  const lasting = await newToken(['chat:read']);
  const brief = await newToken(['chat:read'], clock() + 2 * hour);
  for (let time = 0; time < 3; time += 1) {
    await brief.client.auth.me.query();
    clock.advance(time < 2 ? hour - 1 : 1);
  }
  await brief.client.auth.me.query();
  clock.advance(1);
  await expect(brief.client.auth.me.query()).rejects.toMatchObject(unauthorized);
  expect((await bob.client.auth.listTokens.query()).map(({ id }) => id)).toEqual([lasting.id]);
  clock.advance(deps.config.sessionTtlMs);
  await expect(bob.client.auth.me.query()).rejects.toMatchObject(unauthorized);
  await lasting.client.auth.me.query();
});

it('stays when the password is changed and when all sessions are ended', async () => {
  const { bob, newToken, client } = await startWithTokens();
  const { client: script } = await newToken(['chat:read']);
  await bob.client.auth.changePassword.mutate({ newPassword: 'brand new one' });
  await script.auth.me.query();
  await bob.client.auth.logoutEverywhere.mutate();
  await expect(bob.client.auth.me.query()).rejects.toMatchObject(unauthorized);
  await script.auth.me.query();
  await client().auth.login.mutate({ username: 'bob', password: 'brand new one' });
  await script.auth.me.query();
});

it('counts for no session: the quota of sessions ends none', async () => {
  const { bob, newToken, client } = await startWithTokens({
    maxPerUser: { rooms: 9, memberships: 9, sessions: 1, tickets: 9, tokens: 9 },
  });
  const tokens = [await newToken(['chat:read']), await newToken(['chat:read'])];
  await client().auth.login.mutate(bob);
  for (const { client: script } of tokens) await script.auth.me.query();
  await expect(bob.client.auth.me.query()).rejects.toMatchObject(unauthorized);
});

it.each([
  ['is disabled', (deps: Parameters<typeof disableAccount>[0]) => disableAccount(deps, 'bob')],
  [
    'gets a new password from an administrator',
    (deps: Parameters<typeof resetPassword>[0]) =>
      resetPassword(deps, { username: 'bob', password: 'brand new one' }),
  ],
] as const)('ends when the account %s', async (_, act) => {
  const { deps, newToken } = await startWithTokens();
  const { client: script } = await newToken(['chat:read']);
  await script.auth.me.query();
  await act(deps);
  await expect(script.auth.me.query()).rejects.toMatchObject(unauthorized);
  expect(await deps.db.session.count({ where: { username: 'bob' } })).toBe(0);
});

it('is not made for a disabled user, nor in a session that has ended', async () => {
  const { deps, bob } = await startWithTokens();
  const { id, username } = await deps.db.session.findFirstOrThrow({
    where: { username: 'bob' },
    select: { id: true, username: true },
  });
  const make = (session?: { id: number; username: string }) =>
    createAccessToken(deps, { username: 'bob', name: 'script', scopes: ['chat:read'], session });
  await bob.client.auth.logout.mutate();
  await expect(make({ id, username })).rejects.toMatchObject({ reason: 'UNAUTHORIZED' });
  await disableAccount(deps, 'bob');
  await expect(make()).rejects.toMatchObject({ reason: 'USER_DISABLED' });
  expect(await deps.db.session.count({ where: { username } })).toBe(0);
});

it('leaves none when tokens are made while the account is being disabled', async () => {
  const { deps, newToken, client } = await startWithTokens();
  const made: string[] = [];
  let isDone = false;
  const making = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!isDone) {
        const { token } = await newToken(['chat:read']).catch(() => ({ token: undefined }));
        if (token === undefined) return;
        made.push(token);
      }
    }),
  );
  while (made.length < 3) await new Promise(setImmediate);
  await disableAccount(deps, 'bob');
  isDone = true;
  await making;
  expect(await deps.db.session.count({ where: { username: 'bob' } })).toBe(0);
  expect(await tally(made.map((token) => client(token).auth.me.query()))).toEqual({
    UNAUTHORIZED: made.length,
  });
});

it('lets no call through that begins after its revocation was answered, however many are under way', async () => {
  const { roomId, bob, newToken, alice } = await startWithTokens();
  const { id, client: script } = await newToken(['chat:write']);
  let isRevoked = false;
  const late: string[] = [];
  let sent = 0;
  const sending = Promise.all(
    Array.from({ length: 8 }, async (_, lane) => {
      for (let count = 0; ; count += 1) {
        const wasRevoked = isRevoked;
        const text = `${lane} ${count}`;
        const [outcome] = await outcomes([script.chat.sendMessage.mutate({ roomId, text })]);
        if (outcome !== 'ok') return outcome;
        if (wasRevoked) late.push(text);
        sent += 1;
      }
    }),
  );
  while (sent < 8) await new Promise(setImmediate);
  await bob.client.auth.revokeToken.mutate({ id });
  isRevoked = true;
  expect(await sending).toEqual(new Array(8).fill('UNAUTHORIZED'));
  expect(late).toEqual([]);
  expect((await alice.client.chat.listMessages.query({ roomId })).length).toBeGreaterThan(0);
});

describe.each(transports)('over %s', (transport) => {
  it('follows what its scopes allow, until it is revoked', async () => {
    const { url, bob, roomId, newToken, say, deps } = await startWithTokens();
    const { token, id } = await newToken(['chat:read']);
    const script = liveClient({ url, token, transport });
    const own = liveClient({ url, token: bob.token, transport }).room(roomId);
    const [room, inbox] = [script.room(roomId), script.inbox()];
    await Promise.all([room.started(), own.started(), inbox.ended()]);
    expect(inbox.ends).toEqual(['OUT_OF_SCOPE']);
    await say('before');
    await room.word('before');

    await bob.client.auth.revokeToken.mutate({ id });

    await room.ended();
    expect(room.ends).toEqual(['UNAUTHORIZED']);
    await say('after');
    await own.word('after');
    expect(room.words).toEqual(['before']);
    expect(deps.hub.size).toBe(1);
  });

  it('gets nothing any more from the time on when it expires', async () => {
    const { url, bob, roomId, newToken, say, clock } = await startWithTokens();
    const { token } = await newToken(['chat:read'], clock() + 200);
    const lasting = await newToken(['chat:read'], clock() + hour);
    const [room, other, own] = [token, lasting.token, bob.token].map((each) =>
      liveClient({ url, token: each, transport }).room(roomId),
    );
    await Promise.all([room, other, own].map((following) => following?.started()));
    clock.advance(200);
    await room?.ended();
    expect(room?.ends).toEqual(['UNAUTHORIZED']);
    await say('after');
    await Promise.all([other, own].map((following) => following?.word('after')));
    expect([room?.words, other?.ends]).toEqual([[], []]);
  });
});

it('is for local accounts only: users of a host have the tokens that the host knows', async () => {
  const { deps, user } = await startMirage();
  await user('carol');
  await deps.db.user.update({ where: { username: 'carol' }, data: { fromHost: true } });
  await expect(
    createAccessToken(deps, { username: 'carol', name: 'script', scopes: ['chat:read'] }),
  ).rejects.toMatchObject({ reason: 'MANAGED_BY_HOST' });
});
