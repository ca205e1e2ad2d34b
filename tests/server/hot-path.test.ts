import Database from 'better-sqlite3';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startRoom } from '../support/live.ts';
import { refusal } from '../support/refusal.ts';

/**
 * Counts the statements that this process runs on any SQLite database: below Prisma and below whatever else stands on
 * the driver, so that none can slip past.
 */
function countStatements(): () => number {
  const file = new Database(':memory:');
  onTestFinished(() => void file.close());
  const statement = Object.getPrototypeOf(file.prepare('SELECT 1')) as Database.Statement; // safe: it made that
  const ways = [
    vi.spyOn(statement, 'all'),
    vi.spyOn(statement, 'get'),
    vi.spyOn(statement, 'iterate'),
    vi.spyOn(statement, 'run'),
    vi.spyOn(Database.prototype, 'exec'),
  ];
  onTestFinished(() => {
    for (const way of ways) way.mockRestore();
  });
  return () => ways.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

async function setup() {
  const mirage = await startRoom();
  const { bob, alice, roomId, rest } = mirage;
  const send = {
    tRPC: (text: string, { client } = bob) => client.chat.sendMessage.mutate({ roomId, text }),
    legacy: async (text: string, { token } = bob) => {
      const call = { token, room_id: roomId, message: text };
      expect(await rest('POST', '/api/send_room_message', call)).toMatchObject([200, {}]);
    },
  };
  /** What alice reads in the room. */
  const texts = async () => (await alice.client.chat.listMessages.query({ roomId })).map(({ text }) => text);
  return { ...mirage, send, texts, statements: countStatements() };
}

it.each(['tRPC', 'legacy'] as const)(
  'asks the database nothing for a message to a room after the first of its sender, by %s',
  async (way) => {
    const { deps, send, texts, statements } = await setup();
    deps.accessCache.forgetAll();
    await send[way]('first');
    const asked = statements();
    expect(asked).toBeGreaterThan(0);

    for (const text of ['second', 'third', 'fourth']) await send[way](text);

    expect(statements()).toBe(asked);
    expect(await texts()).toEqual(['first', 'second', 'third', 'fourth']);
  },
);

it('rechecks a session after 30 seconds, in case it was ended in the database', async () => {
  const { clock, send, statements } = await setup();
  await send.tRPC('first');
  const asked = statements();
  clock.advance(29_999);
  await send.tRPC('second');
  expect(statements()).toBe(asked);
  clock.advance(1);
  await send.tRPC('third');
  const askedAgain = statements();
  expect(askedAgain).toBeGreaterThan(asked);
  await send.tRPC('fourth');
  expect(statements()).toBe(askedAgain);
});

it('accepts no caller by cached data of others', async () => {
  const { user, send, texts } = await setup();
  const mallory = await user('mallory');
  await send.tRPC('of a member');
  for (let attempt = 0; attempt < 2; attempt += 1)
    await expect(send.tRPC('of a stranger', mallory)).rejects.toMatchObject(refusal('NOT_A_MEMBER'));
  expect(await texts()).toEqual(['of a member']);
});

it('forgets a membership or session as soon as it ends', async () => {
  const { bob, roomId, send, texts } = await setup();
  await send.tRPC('in the room');
  await bob.client.chat.leaveRoom.mutate({ roomId });
  await expect(send.tRPC('out of it')).rejects.toMatchObject(refusal('NOT_A_MEMBER'));
  await bob.client.auth.logout.mutate();
  await expect(send.tRPC('gone')).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  expect(await texts()).toEqual(['in the room']);
});
