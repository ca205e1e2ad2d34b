import { describe, expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { transports } from '../support/live.ts';
import { openSocket } from '../support/raw-socket.ts';
import { errorOf, openStream } from '../support/raw-stream.ts';
import { refusal } from '../support/refusal.ts';
import { ada, bob, call, fakeHost, recordedLog, startHost } from './support.ts';

const users = { 'token of ada': ada, 'token of bob': bob };
const secondMs = 1000;

describe('a token that the host accepts', () => {
  it('authenticates at the typed API, and creates the account on first use', async () => {
    const { url, client } = await startHost(fakeHost(users));
    expect(await client('token of ada').auth.me.query()).toEqual({
      username: 'ada',
      email: 'ada@host.example',
      emailVerified: false,
      pendingEmail: null,
      resetMailedAt: null,
      avatarUrl: 'https://host.example/ada.png',
      description: '',
      createdAt: expect.any(String),
    });
    expect(await client('token of bob').auth.me.query()).toMatchObject({ username: 'bob', email: '' });
    expect(await call(url, 'token of nobody')).toMatchObject({
      status: 401,
      body: { error: { data: { reason: 'UNAUTHORIZED' } } },
    });
    await expect(client().auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  });

  it('authenticates in batches, in process, and at the legacy API', async () => {
    const { url, mirage } = await startHost(fakeHost(users));
    const input = encodeURIComponent('{}');
    const batch = await fetch(`${url}/trpc/auth.me,inbox.countMessages?batch=1&input=${input}`, {
      headers: { authorization: 'token of ada' },
    });
    expect(await batch.json()).toMatchObject([
      { result: { data: { username: 'ada' } } },
      { result: { data: { total: 0 } } },
    ]);
    expect(await mirage.createCaller('token of bob').auth.me()).toMatchObject({ username: 'bob' });
    const rest = async (authorization: string) => {
      const response = await fetch(`${url}/api/rooms`, { headers: { authorization } });
      return [response.status, await response.json()];
    };
    expect(await rest('token of bob')).toEqual([200, { rooms: [] }]);
    expect(await rest('token of nobody')).toEqual([401, { error: 'unauthorized' }]);
  });

  it('authenticates subscriptions over WebSocket, and over event streams by header and by ticket', async () => {
    const host = fakeHost(users);
    const { url, client, deps } = await startHost(host);
    for (const transport of transports) {
      const wrong = createMirageClient({ url, token: 'token of nobody', transport });
      const error = await new Promise((resolve) => {
        wrong.inbox.onMessage.subscribe({ lastEventId: '0' }, { onError: resolve });
      });
      expect(error).toMatchObject(refusal('UNAUTHORIZED'));
    }
    const socket = await openSocket(url, 'token of ada');
    socket.subscribe(1, 'inbox.onMessage', {});
    const stream = await openStream(url, 'inbox.onMessage', { input: {}, token: 'token of ada' });
    const { ticket } = await client('token of ada').auth.createTicket.mutate();
    const byTicket = await openStream(url, 'inbox.onMessage', {
      input: {},
      query: { connectionParams: JSON.stringify({ ticket }) },
    });
    while (deps.hub.size < 3) await new Promise(setImmediate);
    await client('token of bob').inbox.sendMessage.mutate({ recipient: 'ada', text: 'psst' });
    await Promise.all([socket, stream, byTicket].map((opened) => opened.has('psst')));
  });

  it('opens no stream by ticket after its user has logged out at the host', async () => {
    const host = fakeHost(users);
    const { url, client, clock } = await startHost(host);
    const { ticket } = await client('token of ada').auth.createTicket.mutate();
    host.tokens.delete('token of ada');
    clock.advance(30 * secondMs);
    const stream = await openStream(url, 'inbox.onMessage', {
      input: {},
      query: { connectionParams: JSON.stringify({ ticket }) },
    });
    await stream.over();
    expect(errorOf(stream.events())?.data.reason).toBe('UNAUTHORIZED');
  });

  it('is one session, extended when the host accepts it again', async () => {
    const host = fakeHost(users);
    const { client, clock } = await startHost(host);
    const sessions = () => client('token of ada').auth.listSessions.query();
    const [first] = await sessions();
    expect(await sessions()).toEqual([first]);
    expect(host.asked).toHaveLength(1);
    clock.advance(30 * secondMs);
    expect(await sessions()).toEqual([first]);
    expect(host.asked).toHaveLength(2);
    clock.advance(60 * 24 * 60 * 60 * secondMs); // longer than any session lasts unused
    expect(await sessions()).toMatchObject([{ current: true }]);
  });

  it('is neither stored nor logged', async () => {
    const host = fakeHost(users);
    const { log, text } = recordedLog();
    const { client, deps, clock } = await startHost({ ...host, log });
    await client('token of ada').auth.me.query();
    host.think = async (token) => {
      throw new Error(`what is ${token}?`);
    };
    clock.advance(30 * secondMs);
    await expect(client('token of ada').auth.me.query()).rejects.toMatchObject(refusal('UNAVAILABLE'));
    expect(text()).toContain('what is (token)?');
    expect(text()).not.toContain('token of ada');
    expect(JSON.stringify(await deps.db.session.findMany())).not.toContain('token of ada');
  });
});

describe('the host', () => {
  it('is called once for concurrent requests with a new token', async () => {
    const host = fakeHost(users);
    let answer = () => {};
    host.think = () => new Promise((resolve) => (answer = resolve));
    const { url, deps } = await startHost(host);
    const calls = Array.from({ length: 50 }, () => call(url, 'token of ada'));
    while (host.asked.length === 0) await new Promise(setImmediate);
    await call(url, '', 'users.count'); // those that came before have been read by now
    answer();
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
    expect(host.asked).toEqual(['token of ada']);
    expect(await deps.db.session.count()).toBe(1);
    expect(await deps.db.user.count()).toBe(1);
  });

  it('is not called again for some seconds for an unknown token', async () => {
    const host = fakeHost({});
    const { url, clock } = await startHost(host);
    for (let time = 0; time < 5; time += 1) expect((await call(url, 'early')).status).toBe(401);
    expect(host.asked).toEqual(['early']);
    host.tokens.set('early', ada);
    clock.advance(5 * secondMs);
    expect((await call(url, 'early')).status).toBe(200);
  });

  it('is not called for an oversized token', async () => {
    const host = fakeHost({});
    const { url } = await startHost(host);
    expect((await call(url, 'x'.repeat(8193))).status).toBe(401);
    expect(host.asked).toEqual([]);
  });

  it('is protected from guessing: invalid tokens per address are limited, valid ones do not count', async () => {
    const host = fakeHost(users);
    const { url } = await startHost({ ...host, config: { rateLimit: true } });
    for (let first = 0; first < 300; first += 50)
      await Promise.all(Array.from({ length: 50 }, (_, index) => call(url, `guess ${first + index}`)));
    expect(await call(url, 'guess 300')).toMatchObject({
      status: 429,
      retryAfter: expect.stringMatching(/^\d+$/),
      body: { error: { data: { reason: 'TOO_MANY_REQUESTS' } } },
    });
    expect(host.asked).toHaveLength(300);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no database'))],
    [
      'throws at once',
      () => {
        throw new TypeError('x is not a function');
      },
    ],
    ['does not answer', () => new Promise<void>(() => {})],
  ])('that %s lets nobody in, and is asked again', async (_, think) => {
    const host = fakeHost(users);
    host.think = think;
    const { url, deps } = await startHost(host);
    expect(await call(url, 'token of ada')).toMatchObject({
      status: 503,
      retryAfter: '1',
      body: { error: { data: { reason: 'UNAVAILABLE' } } },
    });
    const rest = await fetch(`${url}/api/rooms`, { headers: { authorization: 'token of ada' } });
    expect([rest.status, rest.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await deps.db.session.count()).toBe(0);
    host.think = async () => {};
    expect((await call(url, 'token of ada')).status).toBe(200);
  });

  it('is aborted when it takes too long', async () => {
    const host = fakeHost(users);
    let signal: AbortSignal | undefined;
    host.think = (_, given) => {
      signal = given;
      return new Promise(() => {});
    };
    const { url } = await startHost(host);
    await call(url, 'token of ada');
    expect(signal?.aborted).toBe(true);
  });

  it('updates the profile fields that it returns, and no others', async () => {
    const host = fakeHost(users);
    const { client, clock } = await startHost(host);
    const mirage = client('token of ada');
    await mirage.users.updateProfile.mutate({
      description: 'my own words',
      avatarUrl: 'https://own.example/',
    });
    host.tokens.set('token of ada', { ...ada, email: null, avatarUrl: 'https://host.example/new.png' });
    clock.advance(30 * secondMs);
    expect(await mirage.auth.me.query()).toMatchObject({
      email: '',
      avatarUrl: 'https://host.example/new.png',
      description: 'my own words',
    });
  });

  it('may return a description that cannot be stored: the user is admitted without it', async () => {
    const host = fakeHost({ token: { ...bob, description: 'word '.repeat(501), avatarUrl: 'half \ud800' } });
    const { log, lines } = recordedLog();
    const { client } = await startHost({ ...host, log });
    expect(await client('token').auth.me.query()).toMatchObject({ avatarUrl: null, description: '' });
    expect(lines).toContainEqual(
      expect.objectContaining({ username: 'bob', omitted: ['avatarUrl', 'description'] }),
    );
  });
});
