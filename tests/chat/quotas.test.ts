import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

const maxPerUser = { rooms: 2, memberships: 3, sessions: 100, tickets: 100, tokens: 50 };

async function startWithUsers() {
  const mirage = await startMirage({ maxPerUser, maxPublicRooms: 100 });
  const [ada, bob] = [await mirage.user('ada'), await mirage.user('bob')];
  return { ...mirage, ada, bob };
}

it('lets a user create rooms up to the quota, and another one after deleting one', async () => {
  const { ada, bob, rest } = await startWithUsers();
  const create = (name: string, { client } = ada) => client.chat.createRoom.mutate({ name });
  const { id } = await create('first');
  await create('second');

  await expect(create('third')).rejects.toMatchObject(refusal('ROOM_LIMIT'));
  expect(
    await rest('POST', '/api/create_room', { token: ada.token, room_name: 'third', is_private: 0 }),
  ).toEqual([400, { error: 'you have created the maximum number of rooms' }]);
  await create('third', bob);

  await ada.client.chat.deleteRoom.mutate({ roomId: id });
  await create('fourth');
});

it('enforces the quota when one user creates many rooms concurrently', async () => {
  const { ada } = await startWithUsers();
  const created = Array.from({ length: 8 }, (_, index) =>
    ada.client.chat.createRoom.mutate({ name: `room ${index}`, password: 'secret' }),
  );
  expect(await tally(created)).toEqual({ ok: 2, ROOM_LIMIT: 6 });
});

it('limits memberships to the quota, without counting rejoined rooms', async () => {
  const { ada, bob, rest } = await startWithUsers();
  for (const name of ['one', 'two']) await ada.client.chat.createRoom.mutate({ name });
  for (const name of ['three', 'four']) await bob.client.chat.createRoom.mutate({ name });
  const join = (name: string) => ada.client.chat.joinRoom.mutate({ name });
  const { id } = await join('three');

  await expect(join('four')).rejects.toMatchObject(refusal('MEMBERSHIP_LIMIT'));
  expect(await rest('POST', '/api/join_room', { token: ada.token, name: 'four' })).toEqual([
    400,
    { error: 'you are in the maximum number of rooms' },
  ]);
  await join('three');

  await ada.client.chat.leaveRoom.mutate({ roomId: id });
  await join('four');
});

it('refuses a room without waiting for a transaction', async () => {
  const { ada, deps } = await startWithUsers();
  for (const name of ['first', 'second']) await ada.client.chat.createRoom.mutate({ name });
  let end = () => {};
  const open = new Promise<void>((begun) => {
    void deps.db.$transaction(async (tx) => {
      await tx.user.count();
      begun();
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    });
  });
  await open;

  const refused = ['first', 'third'].map((name) => ada.client.chat.createRoom.mutate({ name }));

  expect(await tally(refused)).toEqual({ ROOM_NAME_TAKEN: 1, ROOM_LIMIT: 1 });
  end();
});
