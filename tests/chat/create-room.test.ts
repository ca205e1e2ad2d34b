import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

const ten = Array.from({ length: 10 }, (_, index) => index);

it('creates a public room with the creator as its first member', async () => {
  const { user, clock } = await startMirage();
  const { client: alice } = await user('alice');

  const room = await alice.chat.createRoom.mutate({ name: '  general \n' });

  expect(room).toEqual({ id: room.id, name: 'general', isPrivate: false });
  expect(await alice.chat.listJoinedRooms.query()).toEqual([
    {
      ...room,
      createdBy: 'alice',
      topic: '',
      history: 'ephemeral',
      role: 'owner',
      unread: 0,
      mentions: 0,
      readUpTo: '0-0',
      lastMessage: null,
      mutedUntil: null,
    },
  ]);
  expect(await alice.chat.listMembers.query({ roomId: room.id })).toEqual([
    { username: 'alice', joinedAt: new Date(clock()).toISOString() },
  ]);
});

it('keeps topic and description, trimmed and of a limited length', async () => {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  const { id: roomId } = await alice.chat.createRoom.mutate({
    name: 'general',
    topic: ' what is up \n',
    description: 'x'.repeat(2000),
  });
  expect(await alice.chat.listJoinedRooms.query()).toMatchObject([{ topic: 'what is up' }]);
  expect(await alice.chat.updateRoom.mutate({ roomId })).toMatchObject({ description: 'x'.repeat(2000) });
  for (const more of [{ topic: 'x'.repeat(251) }, { description: 'x'.repeat(2001) }, { topic: 'a\0' }])
    await expect(alice.chat.createRoom.mutate({ name: 'other', ...more })).rejects.toMatchObject(
      refusal('INVALID_INPUT'),
    );
});

it('creates a private room if a password is given', async () => {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  const room = await alice.chat.createRoom.mutate({ name: 'cellar', password: 'secret' });
  expect(room).toEqual({ id: room.id, name: 'cellar', isPrivate: true });
});

it.each(['', '   ', ' \t\n'])(
  'refuses the blank password "%s" and makes no public room of it',
  async (password) => {
    const { user } = await startMirage();
    const { client: alice } = await user('alice');
    await expect(alice.chat.createRoom.mutate({ name: 'cellar', password })).rejects.toMatchObject(
      refusal('INVALID_INPUT'),
    );
    expect(await alice.chat.listJoinedRooms.query()).toEqual([]);
  },
);

it('keeps trimmed, case-sensitive names unique across public and private rooms', async () => {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');
  await alice.chat.createRoom.mutate({ name: 'general' });
  await alice.chat.createRoom.mutate({ name: 'cellar', password: 'secret' });

  for (const room of [{ name: ' general ' }, { name: 'general', password: 'x' }, { name: 'cellar' }])
    await expect(bob.chat.createRoom.mutate(room)).rejects.toMatchObject({
      data: { reason: 'ROOM_NAME_TAKEN', httpStatus: 409 },
    });

  await bob.chat.createRoom.mutate({ name: 'General' });
});

it('gives a name to one of ten concurrent callers', async () => {
  const { user } = await startMirage({ maxPublicRooms: 100 });
  const { client: alice } = await user('alice');

  const results = await tally(ten.map(() => alice.chat.createRoom.mutate({ name: 'general' })));

  expect(results).toEqual({ ok: 1, ROOM_NAME_TAKEN: 9 });
  expect(await alice.chat.listPublicRooms.query()).toHaveLength(1);
});

it('creates five public rooms for ten concurrent callers', async () => {
  const { user } = await startMirage();
  const creators = await Promise.all(ten.map(async (index) => (await user(`creator ${index}`)).client));

  const results = await tally(
    creators.map(({ chat }, index) => chat.createRoom.mutate({ name: `room ${index}` })),
  );

  expect(results).toEqual({ ok: 5, PUBLIC_ROOM_LIMIT: 5 });
  const rooms = await Promise.all(creators.map(({ chat }) => chat.listJoinedRooms.query()));
  expect(rooms.filter((joined) => joined.length === 1)).toHaveLength(5);
});

it('names the limit, and stores nothing of the refused room', async () => {
  const { user } = await startMirage({ maxPublicRooms: 1 });
  const { client: alice } = await user('alice');
  await alice.chat.createRoom.mutate({ name: 'general' });

  await expect(alice.chat.createRoom.mutate({ name: 'other' })).rejects.toMatchObject({
    message: 'maximum number of public rooms reached (1)',
    data: { reason: 'PUBLIC_ROOM_LIMIT', httpStatus: 409 },
  });

  expect(await alice.chat.listJoinedRooms.query()).toHaveLength(1);
  await alice.chat.createRoom.mutate({ name: 'other', password: 'its name is still free' });
});

it('counts only public rooms, and accepts another one after one is deleted', async () => {
  const { user } = await startMirage({ maxPublicRooms: 1 });
  const { client: alice } = await user('alice');
  for (const name of ['cellar', 'attic']) await alice.chat.createRoom.mutate({ name, password: 'secret' });
  const { id: roomId } = await alice.chat.createRoom.mutate({ name: 'general' });

  await alice.chat.deleteRoom.mutate({ roomId });

  await alice.chat.createRoom.mutate({ name: 'general' });
});

it('allows no public room at all where MAX_PUBLIC_ROOMS is 0', async () => {
  const { user } = await startMirage({ maxPublicRooms: 0 });
  const { client: alice } = await user('alice');
  await expect(alice.chat.createRoom.mutate({ name: 'general' })).rejects.toMatchObject(
    refusal('PUBLIC_ROOM_LIMIT'),
  );
  await alice.chat.createRoom.mutate({ name: 'cellar', password: 'secret' });
});

it.each([
  ['a blank name', { name: ' ' }],
  ['a name of 101 characters', { name: 'x'.repeat(101) }],
  ['a name with U+0000', { name: 'a\0' }],
  ['a name with half of a surrogate pair', { name: '\udc00' }],
  ['a password of 16385 characters', { name: 'cellar', password: 'x'.repeat(16_385) }],
  ['a password with U+0000', { name: 'cellar', password: 'a\0' }],
])('refuses %s', async (_, room) => {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  await expect(alice.chat.createRoom.mutate(room)).rejects.toMatchObject(refusal('INVALID_INPUT'));
  expect(await alice.chat.listJoinedRooms.query()).toEqual([]);
});
