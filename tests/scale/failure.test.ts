import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMirageClient, reasonOf } from '../../src/client/index.ts';
import { openServer } from '../../src/server/app/open-server.ts';
import { type Config, loadConfig } from '../../src/server/core/config.ts';
import { createLogger } from '../../src/server/core/logger.ts';
import { addUser } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';
import { spawnMirage } from '../support/process.ts';
import { tokenOf } from '../support/token-of.ts';
import { placeOfItsOwn } from './support/place.ts';
import { startPrivatePostgres, startPrivateRedis } from './support/private-services.ts';
import { databaseUrl, freshSchema, redisUrl } from './support/services.ts';

/** In any case; most are refused at once. */
const boundMs = 15_000;
/** As many calls of one user are under way at a time; further ones wait for these. */
const mostOfOneUser = 50;

async function start(settings: Partial<Config>) {
  const config = { ...loadConfig({ PORT: '0', RATE_LIMIT: 'off' }), ...(await placeOfItsOwn()), ...settings };
  const server = await openServer(config, { log: createLogger('silent') });
  onTestFinished(() => server.close());
  const { url } = server;
  const anybody = createMirageClient({ url });
  await anybody.auth.register.mutate({ username: 'ada', email: 'ada', password: 'a secret one' });
  const token = await tokenOf(anybody.auth.login.mutate({ username: 'ada', password: 'a secret one' }));
  const ada = createMirageClient({ url, token });
  const { id: roomId } = await ada.chat.createRoom.mutate({ name: 'general' });
  const room = liveClient({ url, token }).room(roomId);
  const inbox = liveClient({ url, token }).inbox();
  await Promise.all([room.started(), inbox.started()]);

  const ready = async () => {
    const { status, body } = await ask(`${url}/readyz`);
    return [status, body] as const;
  };
  /** What a caller gets who looks at the reply itself, and that it comes in time. */
  const call = (path: string, input: object) =>
    ask(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: token },
      body: JSON.stringify(input),
    });
  const say = (text: string) => ada.chat.sendMessage.mutate({ roomId, text });
  const write = (text: string) => ada.inbox.sendMessage.mutate({ recipient: 'ada', text });
  /** Somebody else, whose session the server knows already. */
  async function user(username: string) {
    const client = createMirageClient({
      url,
      token: (await addUser(server.deps, { username, password: 'x' })).token,
    });
    await client.auth.me.query();
    return client;
  }
  return { url, token, ada, roomId, room, inbox, ready, call, say, write, user };
}

/** Over a connection of its own: after 1,200 calls at once, the server is closing those that it need not keep. */
async function ask(url: string, { body, ...options }: RequestOptions & { body?: string } = {}) {
  const signal = AbortSignal.timeout(boundMs);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { ...options, agent: false, signal }, resolve)
      .once('error', reject)
      .end(body);
  });
  return {
    status: response.statusCode,
    retryAfter: response.headers['retry-after'],
    body: (await json(response)) as unknown,
  };
}

const words = 'the service is unavailable for the moment, try again';
const refused = {
  status: 503,
  retryAfter: '1',
  body: { error: expect.objectContaining({ data: expect.objectContaining({ reason: 'UNAVAILABLE' }) }) },
};
const refusedAsBefore = { status: 503, retryAfter: '1', body: { error: words } };

const untilOk = (call: () => Promise<unknown>) => vi.waitFor(call, { timeout: 30_000, interval: 100 });

it.each(['has crashed', 'is frozen'])(
  'does what it can when Redis %s, and the rest when it is back',
  async (how) => {
    const redis = await startPrivateRedis();
    const mirage = await start({ redis: { url: redis.url, prefix: 'mirage:' } });
    const { roomId, room, inbox, ready, call, say, write } = mirage;
    expect(await ready()).toEqual([200, { status: 'ok', database: 'ok', redis: 'ok' }]);
    await say('before');
    await Promise.all([room.word('before'), write('first').then(() => inbox.word('first'))]);

    if (how === 'is frozen') redis.freeze();
    else await redis.crash();
    expect(await ready()).toEqual([503, { status: 'unavailable', database: 'ok', redis: 'unavailable' }]);
    expect(await call('/trpc/chat.sendMessage', { roomId, text: 'refused' })).toEqual(refused);
    expect(await call('/api/send_room_message', { room_id: roomId, message: 'refused' })).toEqual(
      refusedAsBefore,
    );
    expect(await call('/trpc/auth.createTicket', {})).toEqual(refused);
    // What needs Postgres alone goes on, and is told when it can be.
    const { id } = await write('meanwhile');

    if (how === 'is frozen') redis.thaw();
    else await redis.start();
    await inbox.word('meanwhile');
    await untilOk(() => say('after'));
    await room.word('after');
    expect(room.words.includes('gap')).toBe(how === 'has crashed');
    expect([room.ends, inbox.ends]).toEqual([[], []]);
    const stored = inbox.events as { data?: { message?: { id: number } } }[]; // safe: as the inbox sends them
    expect(stored.filter(({ data }) => data?.message?.id === id)).toHaveLength(1);
    await untilOk(async () => expect((await ready())[0]).toBe(200));
  },
);

it.each(['has crashed', 'is frozen'])(
  'refuses in time when Postgres %s, and goes on when it is back',
  async (how) => {
    const postgres = await startPrivatePostgres();
    const mirage = await start({ databaseUrl: postgres.url });
    const { ada, roomId, room, inbox, ready, call, say, write } = mirage;
    await Promise.all([say('before'), write('first')]);
    await Promise.all([room.word('before'), inbox.word('first')]);
    const crowd = await Promise.all(Array.from({ length: 24 }, (_, index) => mirage.user(`user ${index}`)));

    if (how === 'is frozen') postgres.freeze();
    else await postgres.crash();
    // Many at once are refused as soon as one: nobody waits for all those before.
    const many = crowd.flatMap((client) =>
      Array.from({ length: mostOfOneUser }, () =>
        client.inbox.sendMessage.mutate({ recipient: 'ada', text: 'refused' }).then(() => 'ok', reasonOf),
      ),
    );
    expect(many).toHaveLength(1200);
    expect(new Set(await Promise.all(many))).toEqual(new Set(['UNAVAILABLE']));
    expect(await ready()).toEqual([503, { status: 'unavailable', database: 'unavailable', redis: 'ok' }]);
    const calls = await Promise.all([
      call('/trpc/inbox.sendMessage', { recipient: 'ada', text: 'refused' }),
      call('/trpc/chat.createRoom', { name: 'refused' }),
      call('/trpc/auth.login', { username: 'ada', password: 'a secret one' }),
    ]);
    expect(calls).toEqual([refused, refused, refused]);
    const legacy = { recipient: 'ada', message: 'refused' };
    expect(await call('/api/send_inbox_message', legacy)).toEqual(refusedAsBefore);
    if (how === 'is frozen') postgres.thaw();
    else await postgres.start();
    await untilOk(() => write('after'));
    await untilOk(() => say('after'));
    await Promise.all([room.word('after'), inbox.word('after')]);
    expect([room.ends, inbox.ends]).toEqual([[], []]);
    const { messages } = await ada.inbox.listMessages.query({ limit: 500 });
    // Refused is not acknowledged, but neither is it for sure that it was not stored.
    expect(messages.map(({ text }) => text).filter((text) => text !== 'refused')).toEqual(['after', 'first']);
    expect(await ada.chat.listMessages.query({ roomId })).toMatchObject([
      { text: 'before' },
      { text: 'after' },
    ]);
    await untilOk(async () => expect((await ready())[0]).toBe(200));
  },
);

it('accepts subscriptions requested while Redis was unreachable once it is back', async () => {
  const redis = await startPrivateRedis();
  const { url, token, roomId, say } = await start({ redis: { url: redis.url, prefix: 'mirage:' } });
  await redis.crash();
  const late = liveClient({ url, token }).room(roomId);
  const bySse = liveClient({ url, token, transport: 'sse' }).room(roomId);
  await untilOk(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503));
  await redis.start();
  await untilOk(() => say('hello'));
  await Promise.all([late.word('hello'), bySse.word('hello')]);
  expect([late.ends, bySse.ends]).toEqual([[], []]);
});

it('does not start without its services, and names the missing one in one line', async () => {
  const away = await spawnMirage({ DATABASE_URL: 'postgresql://mirage:s3cret@127.0.0.1:1/mirage' });
  expect(await away.ended()).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /^mirage: cannot use the database postgresql:\/\/127\.0\.0\.1:1\/mirage: [^\n]*\n$/,
    ),
  });
  const redisAway = await spawnMirage({ REDIS_URL: 'redis://:s3cret@127.0.0.1:1', FILES_URL: 'off' });
  expect(await redisAway.ended()).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^mirage: cannot use Redis at redis:\/\/127\.0\.0\.1:1: [^\n]*\n$/),
  });
});

it('logs no password', async () => {
  const { url } = freshSchema();
  const secret = new URL(url);
  secret.password = 's3cret';
  const { prefix } = (await placeOfItsOwn()).redis;
  const services = { DATABASE_URL: secret.href, REDIS_URL: redisUrl, REDIS_PREFIX: prefix };
  const mirage = await spawnMirage({ ...services, FILES_URL: 'off' });
  await mirage.url();
  expect(mirage.lines.join('\n')).toContain(new URL(databaseUrl).host);
  expect(mirage.lines.join('\n')).not.toContain('s3cret');
});
