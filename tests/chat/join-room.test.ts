import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

async function startWithRooms() {
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  const { client: bob } = await mirage.user('bob');
  const general = await alice.chat.createRoom.mutate({ name: 'general' });
  const cellar = await alice.chat.createRoom.mutate({ name: 'cellar', password: '  open sesame ' });
  const members = async (roomId: number) =>
    (await alice.chat.listMembers.query({ roomId })).map(({ username }) => username);
  return { ...mirage, alice, bob, general, cellar, members };
}

it('adds the caller to the members', async () => {
  const { bob, general, members, clock } = await startWithRooms();
  clock.advance(1000);

  expect(await bob.chat.joinRoom.mutate({ name: ' general ' })).toEqual(general);

  expect(await members(general.id)).toEqual(['alice', 'bob']);
  expect(await bob.chat.listMembers.query({ roomId: general.id })).toMatchObject([
    {},
    { joinedAt: new Date(clock()).toISOString() },
  ]);
});

it('ignores a password for a public room', async () => {
  const { bob, general } = await startWithRooms();
  expect(await bob.chat.joinRoom.mutate({ name: 'general', password: 'whatever' })).toEqual(general);
});

it('finds rooms by their exact name', async () => {
  const { bob } = await startWithRooms();
  for (const name of ['nowhere', 'General', 'gen%'])
    await expect(bob.chat.joinRoom.mutate({ name })).rejects.toMatchObject({
      data: { reason: 'ROOM_NOT_FOUND', httpStatus: 404 },
    });
});

it.each(['open sesame', '  open sesame ', '\topen sesame\n'])(
  'opens a private room to its password, written as "%s"',
  async (password) => {
    const { bob, cellar, members } = await startWithRooms();
    expect(await bob.chat.joinRoom.mutate({ name: 'cellar', password })).toEqual(cellar);
    expect(await members(cellar.id)).toEqual(['alice', 'bob']);
  },
);

it('refuses to join a private room without its password', async () => {
  const { bob, cellar, members } = await startWithRooms();
  const join = (password?: string) =>
    bob.chat.joinRoom.mutate({ name: 'cellar', ...(password !== undefined && { password }) });

  for (const missing of [undefined, '', '   '])
    await expect(join(missing)).rejects.toMatchObject({
      data: { reason: 'PASSWORD_REQUIRED', httpStatus: 403 },
    });
  for (const wrong of ['Open sesame', 'open  sesame', 'open sesame!', 'x'])
    await expect(join(wrong)).rejects.toMatchObject({ data: { reason: 'WRONG_PASSWORD', httpStatus: 403 } });

  expect(await members(cellar.id)).toEqual(['alice']);
});

it('requires the password at every join, also from members and the creator', async () => {
  const { alice, bob, cellar, members } = await startWithRooms();
  await bob.chat.joinRoom.mutate({ name: 'cellar', password: 'open sesame' });

  for (const { chat } of [alice, bob]) {
    await expect(chat.joinRoom.mutate({ name: 'cellar' })).rejects.toMatchObject(
      refusal('PASSWORD_REQUIRED'),
    );
    await expect(chat.joinRoom.mutate({ name: 'cellar', password: 'x' })).rejects.toMatchObject(
      refusal('WRONG_PASSWORD'),
    );
  }

  expect(await members(cellar.id)).toEqual(['alice', 'bob']);
});

it('does not accept the password of another room', async () => {
  const { alice, bob } = await startWithRooms();
  await alice.chat.createRoom.mutate({ name: 'attic', password: 'another' });
  await expect(bob.chat.joinRoom.mutate({ name: 'attic', password: 'open sesame' })).rejects.toMatchObject(
    refusal('WRONG_PASSWORD'),
  );
});

it('keeps the first membership and its time when a member joins again', async () => {
  const { bob, general, clock } = await startWithRooms();
  await bob.chat.joinRoom.mutate({ name: 'general' });
  const before = await bob.chat.listMembers.query({ roomId: general.id });
  clock.advance(1000);

  expect(await bob.chat.joinRoom.mutate({ name: 'general' })).toEqual(general);

  expect(await bob.chat.listMembers.query({ roomId: general.id })).toEqual(before);
});

it('creates one membership for ten concurrent joins', async () => {
  const { bob, cellar, members } = await startWithRooms();
  const joins = Array.from({ length: 10 }, () =>
    bob.chat.joinRoom.mutate({ name: 'cellar', password: 'open sesame' }),
  );
  expect(await tally(joins)).toEqual({ ok: 10 });
  expect(await members(cellar.id)).toEqual(['alice', 'bob']);
});

it('leaves no membership behind when a room is deleted during a join', async () => {
  const { alice, bob, general, deps } = await startWithRooms();

  const results = await tally([
    bob.chat.joinRoom.mutate({ name: 'general' }).catch((error) => {
      if (error.data.reason !== 'ROOM_NOT_FOUND') throw error;
    }),
    alice.chat.deleteRoom.mutate({ roomId: general.id }),
  ]);

  expect(results).toEqual({ ok: 2 });
  expect(await deps.db.roomMember.count({ where: { roomId: general.id } })).toBe(0);
});
