import { expect, it } from 'vitest';
import { startRoom } from '../support/live.ts';
import { openSocket } from '../support/raw-socket.ts';
import { refusal } from '../support/refusal.ts';
import { countStatements } from '../support/statements.ts';

async function setup() {
  const mirage = await startRoom();
  await mirage.deps.files?.compared;
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

it('reads a session and a membership for a new subscriber, and nothing through Prisma', async () => {
  const { bob, url, roomId, deps, statements } = await setup();
  let prepared = 0;
  const { sql } = deps;
  const counting = (statement: Parameters<typeof sql>[0]) => {
    prepared += 1;
    return sql(statement);
  };
  deps.sql = Object.assign(counting, sql);
  async function subscribe() {
    const { subscribe, has } = await openSocket(url, bob.token);
    subscribe(1, 'chat.onMessage', { roomId });
    await has('"started"');
  }
  deps.accessCache.forgetAll();
  const asked = statements();
  await subscribe();
  expect([prepared, statements() - asked]).toEqual([2, 2]);
  await subscribe();
  expect([prepared, statements() - asked]).toEqual([2, 2]);
});
