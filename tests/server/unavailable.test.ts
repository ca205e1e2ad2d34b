import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/server/core/logger.ts';
import { Prisma } from '../../src/server/infra/db/generated/sqlite/client.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { type Mirage, startMirage } from '../support/harness.ts';
import { openSocket } from '../support/raw-socket.ts';

type User = Awaited<ReturnType<Mirage['user']>>;

/** On both of the server's own connections. */
async function pragma({ deps: { db, sql } }: Pick<Mirage, 'deps'>, setting: string): Promise<void> {
  await db.$queryRawUnsafe(`PRAGMA ${setting}`);
  await sql(Prisma.raw(`PRAGMA ${setting}`));
}

/** What makes writing fail, and what mends it. */
const causes: [what: string, breakIt: (mirage: Mirage) => Promise<() => Promise<unknown> | unknown>][] = [
  [
    'the disk is full',
    async (mirage) => {
      // Every page that is free is used up first.
      await mirage.deps.db.$executeRawUnsafe('VACUUM');
      await pragma(mirage, 'max_page_count = 1');
      return () => pragma(mirage, 'max_page_count = 1000000');
    },
  ],
  [
    'the file may only be read',
    async (mirage) => {
      await pragma(mirage, 'query_only = 1');
      return () => pragma(mirage, 'query_only = 0');
    },
  ],
  [
    'another process does not stop writing',
    async (mirage) => {
      const other = openDatabaseFile(mirage);
      other.exec('BEGIN IMMEDIATE');
      return () => other.exec('ROLLBACK');
    },
  ],
];

/** Longer than any page has room for. */
const long = 'x'.repeat(16_000);

describe.each(causes)('while %s', (_, breakIt) => {
  it('refuses writes with a reason and a retry delay, and continues with the rest', async () => {
    const mirage = await startMirage({ maxPublicRooms: 1000 });
    const { client: alice, token } = await mirage.user('alice');
    const { id } = await alice.chat.createRoom.mutate({ name: 'general' });
    const { url, rest } = mirage;
    const mend = await breakIt(mirage);

    const write = () =>
      fetch(`${url}/trpc/inbox.sendMessage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: token },
        body: JSON.stringify({ recipient: 'alice', text: long }),
      });
    const response = await write();
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({
      error: {
        message: 'the service is unavailable for the moment, try again',
        data: { reason: 'UNAVAILABLE', httpStatus: 503, retryAfterMs: 1000 },
      },
    });
    expect(
      await rest('POST', '/api/send_inbox_message', { token, recipient: 'alice', message: long }),
    ).toEqual([503, { error: 'the service is unavailable for the moment, try again' }]);
    const socket = await openSocket(url, token);
    socket.send({
      id: 1,
      method: 'mutation',
      params: { path: 'users.updateProfile', input: { description: long } },
    });
    await socket.until(() => socket.frames().length === 1);
    expect(socket.frames()).toMatchObject([
      { error: { data: { reason: 'UNAVAILABLE', retryAfterMs: 1000 } } },
    ]);
    // In a transaction, of which some still find room on a page that is there.
    async function makeRooms() {
      for (let n = 0; n < 500; n += 1) await alice.chat.createRoom.mutate({ name: `${n}`.padEnd(100, 'x') });
    }
    await expect(makeRooms()).rejects.toMatchObject({ data: { reason: 'UNAVAILABLE' } });

    expect(await alice.auth.me.query()).toMatchObject({ username: 'alice' });
    await alice.chat.sendMessage.mutate({ roomId: id, text: 'rooms need no disk' });
    expect(await alice.inbox.countMessages.query()).toMatchObject({ total: 0, unread: 0 });

    await mend();
    expect((await write()).status).toBe(200);
    expect(await alice.inbox.countMessages.query()).toMatchObject({ total: 1, unread: 0 });
    expect(openDatabaseFile(mirage).pragma('integrity_check', { simple: true })).toBe('ok');
  });
});

it.each<[what: string, write: (user: User) => Promise<unknown>]>([
  ['a statement', ({ client }) => client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hello' })],
  ['a transaction', ({ client }) => client.chat.createRoom.mutate({ name: 'den' })],
])('waits briefly for another process that writes, with %s', async (_, write) => {
  const mirage = await startMirage();
  const alice = await mirage.user('alice');
  const other = openDatabaseFile(mirage);
  other.exec('BEGIN IMMEDIATE');
  const written = write(alice);
  // Others are answered while it waits.
  for (let n = 0; n < 5; n += 1) await alice.client.auth.me.query();
  other.exec('ROLLBACK');
  await written;
});

it('logs the cause for the operator', async () => {
  const lines: string[] = [];
  const mirage = await startMirage();
  const { openDeps } = await import('../../src/server/app/deps.ts');
  await mirage.close();
  const log = createLogger('error');
  Object.assign(log, { error: (...words: unknown[]) => lines.push(String(words[1])) });
  const { deps, close } = await openDeps(mirage.deps.config, { log });
  await pragma({ deps }, 'query_only = 1');
  await expect(deps.db.room.create({ data: { name: 'x' } })).rejects.toThrow('(SQLITE_READONLY)');
  expect(lines).toEqual(['database writer failed']);
  await close();
});

it('logs a lasting problem once, not for every request', async () => {
  const warn: string[] = [];
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  for (const level of ['warn', 'error'] as const)
    Object.assign(mirage.deps.log, { [level]: (...words: unknown[]) => warn.push(String(words[1])) });
  await pragma(mirage, 'query_only = 1');
  for (let n = 0; n < 50; n += 1)
    await expect(alice.chat.createRoom.mutate({ name: `${n}` })).rejects.toThrow('unavailable');
  expect(warn.sort()).toEqual(['database writer failed', 'the database is unavailable']);
});

it('does not count a password that could not be verified', async () => {
  const mirage = await startMirage({ rateLimit: true });
  const { password } = await mirage.user('alice');
  const { token } = await mirage.user('bob');
  await pragma(mirage, 'query_only = 1');
  const logIn = () => mirage.client().auth.login.mutate({ username: 'alice', password });
  for (let attempt = 0; attempt < 12; attempt += 1)
    await expect(logIn()).rejects.toMatchObject({ data: { reason: 'UNAVAILABLE' } });
  const cookie = () =>
    fetch(`${mirage.url}/session`, {
      method: 'POST',
      headers: { authorization: token, 'sec-fetch-site': 'same-origin' },
    });
  expect((await cookie()).status).toBe(204);
  await pragma(mirage, 'query_only = 0');
  expect(await logIn()).toMatchObject({ username: 'alice' });
});
