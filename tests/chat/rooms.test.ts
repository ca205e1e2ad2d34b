import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

async function startWithRooms() {
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  const { client: bob } = await mirage.user('bob');
  const create = async (name: string, password?: string) =>
    (await alice.chat.createRoom.mutate({ name, ...(password && { password }) })).id;
  const zebra = await create('zebra');
  const cellar = await create('cellar', 'secret');
  const apple = await create('apple');
  return { ...mirage, alice, bob, zebra, cellar, apple };
}

it('lists public rooms in the order of their creation, and whether the caller is in them', async () => {
  const { alice, bob, zebra, apple } = await startWithRooms();
  await bob.chat.joinRoom.mutate({ name: 'apple' });

  expect(await alice.chat.listPublicRooms.query()).toEqual([
    { id: zebra, name: 'zebra', joined: true },
    { id: apple, name: 'apple', joined: true },
  ]);
  expect(await bob.chat.listPublicRooms.query()).toEqual([
    { id: zebra, name: 'zebra', joined: false },
    { id: apple, name: 'apple', joined: true },
  ]);
});

it('lists the caller’s rooms in order of joining', async () => {
  const { alice, bob, zebra, cellar, apple } = await startWithRooms();
  expect(await bob.chat.listJoinedRooms.query()).toEqual([]);

  await bob.chat.joinRoom.mutate({ name: 'apple' });
  await bob.chat.joinRoom.mutate({ name: 'cellar', password: 'secret' });
  await bob.chat.joinRoom.mutate({ name: 'zebra' });
  await bob.chat.joinRoom.mutate({ name: 'apple' });

  const facts = {
    createdBy: 'alice',
    topic: '',
    history: 'ephemeral',
    role: 'member',
    unread: 0,
    mentions: 0,
    readUpTo: expect.any(String),
    lastMessage: null,
    mutedUntil: null,
  };
  expect(await bob.chat.listJoinedRooms.query()).toEqual([
    { id: apple, name: 'apple', isPrivate: false, ...facts },
    { id: cellar, name: 'cellar', isPrivate: true, ...facts },
    { id: zebra, name: 'zebra', isPrivate: false, ...facts },
  ]);
  expect((await alice.chat.listJoinedRooms.query()).map(({ id }) => id)).toEqual([zebra, cellar, apple]);
});

it('lists members in order of joining, with those who rejoined last', async () => {
  const { alice, bob, user, zebra } = await startWithRooms();
  const { client: carol } = await user('carol');
  for (const { chat } of [carol, bob]) await chat.joinRoom.mutate({ name: 'zebra' });
  const members = async () =>
    (await alice.chat.listMembers.query({ roomId: zebra })).map(({ username }) => username);

  expect(await members()).toEqual(['alice', 'carol', 'bob']);
  await carol.chat.leaveRoom.mutate({ roomId: zebra });
  await carol.chat.joinRoom.mutate({ name: 'zebra' });
  expect(await members()).toEqual(['alice', 'bob', 'carol']);
});

it('refuses former members until they join again', async () => {
  const { alice, bob, cellar } = await startWithRooms();
  await bob.chat.joinRoom.mutate({ name: 'cellar', password: 'secret' });
  await alice.chat.sendMessage.mutate({ roomId: cellar, text: 'hello' });

  await bob.chat.leaveRoom.mutate({ roomId: cellar });
  await expect(bob.chat.listMessages.query({ roomId: cellar })).rejects.toMatchObject(
    refusal('NOT_A_MEMBER'),
  );
  expect(await bob.chat.listJoinedRooms.query()).toEqual([]);

  await bob.chat.joinRoom.mutate({ name: 'cellar', password: 'secret' });
  expect(await bob.chat.listMessages.query({ roomId: cellar })).toMatchObject([{ text: 'hello' }]);
});

it('keeps an empty room from before there were owners, which belongs to whoever joins it first', async () => {
  const { alice, bob, zebra, deps } = await startWithRooms();
  await deps.db.roomMember.deleteMany({ where: { roomId: zebra } });
  expect(await bob.chat.listMembers.query({ roomId: zebra })).toEqual([]);
  expect((await bob.chat.listPublicRooms.query()).map(({ name }) => name)).toContain('zebra');
  await expect(alice.chat.deleteRoom.mutate({ roomId: zebra })).rejects.toMatchObject(
    refusal('NOT_THE_CREATOR'),
  );
  await bob.chat.joinRoom.mutate({ name: 'zebra' });
  await alice.chat.joinRoom.mutate({ name: 'zebra' });
  expect((await alice.chat.members.query({ roomId: zebra })).members).toMatchObject([
    { username: 'bob', role: 'owner' },
    { username: 'alice', role: 'member' },
  ]);
});

it('deletes a room with its memberships and messages, and no other', async () => {
  const { alice, bob, zebra, apple, deps } = await startWithRooms();
  for (const name of ['zebra', 'apple']) await bob.chat.joinRoom.mutate({ name });
  for (const roomId of [zebra, apple, zebra])
    await bob.chat.sendMessage.mutate({ roomId, text: `in ${roomId}` });

  await alice.chat.deleteRoom.mutate({ roomId: zebra });

  expect((await bob.chat.listJoinedRooms.query()).map(({ name }) => name)).toEqual(['apple']);
  expect(await deps.db.roomMember.count({ where: { roomId: zebra } })).toBe(0);
  expect(deps.roomMessages.size()).toBe(1);
  expect(await bob.chat.listMessages.query({ roomId: apple })).toMatchObject([{ text: `in ${apple}` }]);
});

it('gives a new room none of the members, messages or rights of a deleted room with the same name', async () => {
  const { alice, bob, zebra, apple } = await startWithRooms();
  await alice.chat.sendMessage.mutate({ roomId: apple, text: 'old' });
  await alice.chat.deleteRoom.mutate({ roomId: apple });

  const { id: roomId } = await bob.chat.createRoom.mutate({ name: 'apple' });

  expect([zebra, apple]).not.toContain(roomId);
  expect(await bob.chat.listMessages.query({ roomId })).toEqual([]);
  await expect(alice.chat.listMessages.query({ roomId })).rejects.toMatchObject(refusal('NOT_A_MEMBER'));
  await expect(alice.chat.deleteRoom.mutate({ roomId })).rejects.toMatchObject(refusal('NOT_THE_CREATOR'));
});

it('lets its owner delete a room, whoever is known to have created it', async () => {
  const { alice, bob, zebra, deps } = await startWithRooms();
  await bob.chat.joinRoom.mutate({ name: 'zebra' });
  await deps.db.room.update({ where: { id: zebra }, data: { createdBy: 'bob' } });
  await expect(bob.chat.deleteRoom.mutate({ roomId: zebra })).rejects.toMatchObject(
    refusal('NOT_THE_CREATOR'),
  );
  await alice.chat.deleteRoom.mutate({ roomId: zebra });
});
