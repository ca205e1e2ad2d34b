import { expect, it } from 'vitest';
import type { Config } from '../../src/server/core/config.ts';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

async function startWithRooms(settings: Partial<Config> = {}) {
  const mirage = await startMirage(settings);
  const { client: alice } = await mirage.user('alice');
  const { client: bob } = await mirage.user('bob');
  const { id: general } = await alice.chat.createRoom.mutate({ name: 'general' });
  const { id: other } = await alice.chat.createRoom.mutate({ name: 'other' });
  await bob.chat.joinRoom.mutate({ name: 'general' });
  const send = (text: string, roomId = general) => alice.chat.sendMessage.mutate({ roomId, text });
  const texts = async (roomId = general, after?: string) =>
    (await alice.chat.listMessages.query({ roomId, ...(after && { after }) })).map(({ text }) => text);
  return { ...mirage, alice, bob, general, other, send, texts };
}

it('returns the messages of a room to its members, oldest first', async () => {
  const { alice, bob, general, other, clock } = await startWithRooms();
  const first = await alice.chat.sendMessage.mutate({ roomId: general, text: '  hello \n' });
  clock.advance(1);
  const second = await bob.chat.sendMessage.mutate({ roomId: general, text: 'hi' });
  await alice.chat.sendMessage.mutate({ roomId: other, text: 'elsewhere' });

  expect(first).toEqual({
    id: expect.stringMatching(/^\d+-\d+$/),
    roomId: general,
    username: 'alice',
    text: 'hello',
    createdAt: new Date(clock() - 1).toISOString(),
  });
  for (const { chat } of [alice, bob])
    expect(await chat.listMessages.query({ roomId: general })).toEqual([first, second]);
});

it('returns messages after an id, and all held messages if that id is older', async () => {
  const { send, texts, general, other } = await startWithRooms();
  const [a, , c] = [await send('a'), await send('b'), await send('c')];
  await send('elsewhere', other);

  expect(await texts(general, a.id)).toEqual(['b', 'c']);
  expect(await texts(general, c.id)).toEqual([]);
  expect(await texts(general, '0-0')).toEqual(['a', 'b', 'c']);
  expect(await texts(general, '999999999999999-0')).toEqual([]);
});

it.each([
  '',
  'x',
  '1',
  '1-',
  '-1',
  '1-1-1',
  ' 1-1',
  '1-1 ',
  '1e3-0',
  `1-${'0'.repeat(16)}`,
  `${'9'.repeat(16)}-0`,
])('refuses "%s" as the id of a message', async (after) => {
  const { alice, general } = await startWithRooms();
  await expect(alice.chat.listMessages.query({ roomId: general, after })).rejects.toMatchObject(
    refusal('INVALID_INPUT'),
  );
});

it('assigns increasing ids, even if the clock is set back', async () => {
  const { send, texts, general, clock } = await startWithRooms();
  const [a, b] = [await send('a'), await send('b')];
  clock.advance(-60_000);
  await send('c');
  clock.advance(120_000);
  await send('d');
  expect(await texts()).toEqual(['a', 'b', 'c', 'd']);
  expect(await texts(general, a.id)).toEqual(['b', 'c', 'd']);
  expect(await texts(general, b.id)).toEqual(['c', 'd']);
});

it('holds at most MAX_MESSAGES over all rooms together, and evicts the oldest', async () => {
  const { send, texts, other, general, deps } = await startWithRooms({
    roomMessages: { capacity: 3, ttlMs: 60_000 },
  });
  await send('a');
  await send('b', other);
  await send('c');
  expect([await texts(general), await texts(other)]).toEqual([['a', 'c'], ['b']]);

  await send('d', other);
  expect([await texts(general), await texts(other)]).toEqual([['c'], ['b', 'd']]);
  await send('e', other);
  await send('f', other);
  expect([await texts(general), await texts(other)]).toEqual([[], ['d', 'e', 'f']]);
  expect(deps.roomMessages.size()).toBe(3);
});

it('holds a message for MESSAGE_LIFESPAN, to the millisecond', async () => {
  const { send, texts, clock } = await startWithRooms({ roomMessages: { capacity: 10, ttlMs: 60_000 } });
  await send('a');
  clock.advance(30_000);
  await send('b');

  clock.advance(29_999);
  expect(await texts()).toEqual(['a', 'b']);
  clock.advance(1);
  expect(await texts()).toEqual(['b']);
  clock.advance(30_000);
  expect(await texts()).toEqual([]);
});

it('holds 100 messages for 15 hours by default', async () => {
  const { send, texts, clock } = await startWithRooms();
  await Promise.all(Array.from({ length: 101 }, (_, index) => send(String(index))));
  const held = await texts();
  expect(held).toHaveLength(100);
  clock.advance(54_000_000 - 1);
  expect(await texts()).toEqual(held);
  clock.advance(1);
  expect(await texts()).toEqual([]);
}, 60_000);

it('keeps the messages of former members under their names', async () => {
  const { alice, bob, general } = await startWithRooms();
  await bob.chat.sendMessage.mutate({ roomId: general, text: 'bye' });
  await bob.chat.leaveRoom.mutate({ roomId: general });
  expect(await alice.chat.listMessages.query({ roomId: general })).toMatchObject([
    { username: 'bob', text: 'bye' },
  ]);
});

it.each([
  ['an empty text', ''],
  ['a blank text', ' \n\t '],
  ['a text of 16385 characters', 'x'.repeat(16_385)],
  ['a text with U+0000', 'a\0b'],
  ['a text with half of a surrogate pair', 'a\ud83d'],
])('refuses %s', async (_, text) => {
  const { send, texts } = await startWithRooms();
  await expect(send(text)).rejects.toMatchObject(refusal('INVALID_INPUT'));
  expect(await texts()).toEqual([]);
});

it.each(['x'.repeat(16_384), `  ${'x'.repeat(16_384)}  `, "'; DROP TABLE rooms; --", '👩‍🚀 世界'])(
  'carries any other text, trimmed',
  async (text) => {
    const { send, texts } = await startWithRooms();
    await send(text);
    expect(await texts()).toEqual([text.trim()]);
  },
);
