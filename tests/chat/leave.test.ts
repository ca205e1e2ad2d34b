import { expect, it } from 'vitest';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal } from '../support/refusal.ts';
import { insiders, type Person, startPeople } from './people.ts';

it('lets members leave, and nobody else', async () => {
  const { askAll, roomId } = await startPeople();
  expect(await askAll((chat) => chat.leaveRoom.mutate({ roomId }))).toEqual(insiders('ok', 'ok', 'ok'));
});

it('goes to the moderator who joined first, then to such a member, when its last owner leaves', async () => {
  const { chat, roomId, user, rolesOf } = await startPeople();
  const { client: late } = await user('late');
  await late.chat.joinRoom.mutate({ name: 'den' });
  await chat('owner').setRole.mutate({ roomId, username: 'late', role: 'moderator' });
  await chat('owner').leaveRoom.mutate({ roomId });
  expect(await rolesOf()).toEqual({ moderator: 'owner', member: 'member', late: 'moderator' });
  await chat('moderator').leaveRoom.mutate({ roomId });
  expect(await rolesOf()).toEqual({ member: 'member', late: 'owner' });
  await late.chat.leaveRoom.mutate({ roomId });
  expect(await rolesOf()).toEqual({ member: 'owner' });
  await chat('member').updateRoom.mutate({ roomId, name: 'mine now' });
});

it('stays with another owner', async () => {
  const { chat, roomId, rolesOf } = await startPeople();
  await chat('owner').setRole.mutate({ roomId, username: 'member', role: 'owner' });
  await chat('owner').leaveRoom.mutate({ roomId });
  expect(await rolesOf()).toEqual({ moderator: 'moderator', member: 'owner' });
});

it('gets an owner when somebody leaves it, if it had none', async () => {
  const { chat, deps, roomId, rolesOf } = await startPeople();
  await deps.db.roomMember.updateMany({ where: { roomId }, data: { role: 'member' } });
  await chat('moderator').leaveRoom.mutate({ roomId });
  expect(await rolesOf()).toEqual({ owner: 'owner', member: 'member' });
});

it('gives one who comes back no role but that of a member', async () => {
  const { chat, roomId, rolesOf } = await startPeople();
  await chat('owner').leaveRoom.mutate({ roomId });
  await chat('owner').joinRoom.mutate({ name: 'den' });
  expect(await rolesOf()).toEqual({ moderator: 'owner', member: 'member', owner: 'member' });
  await expect(chat('owner').deleteRoom.mutate({ roomId })).rejects.toMatchObject(refusal('NOT_THE_CREATOR'));
});

it('is deleted when everybody has left, with all that belongs to it', async () => {
  const { chat, deps, roomId } = await startPeople({ maxPublicRooms: 1 });
  await chat('owner').createInvite.mutate({ roomId });
  await chat('owner').sendMessage.mutate({ roomId, text: 'forgotten' });
  await expect(chat('stranger').createRoom.mutate({ name: 'den' })).rejects.toMatchObject(
    refusal('ROOM_NAME_TAKEN'),
  );
  for (const person of ['owner', 'member', 'moderator'] as const)
    await chat(person).leaveRoom.mutate({ roomId });
  expect(await deps.roomMessages.list(roomId)).toEqual([]);
  expect(await deps.db.room.count()).toBe(0);
  expect([await deps.db.roomInvite.count(), await deps.db.roomBan.count()]).toEqual([0, 0]);
  await expect(chat('former').joinRoom.mutate({ name: 'den' })).rejects.toMatchObject(
    refusal('ROOM_NOT_FOUND'),
  );
  await chat('banned').createRoom.mutate({ name: 'den' });
});

it.each(transports)('tells its last subscribers (%s) that they left', async (transport) => {
  const { chat, users, url, roomId } = await startPeople();
  for (const person of ['owner', 'moderator'] as const) await chat(person).leaveRoom.mutate({ roomId });
  const room = liveClient({ url, token: users.member.token, transport }).room(roomId);
  await room.started();
  await chat('member').leaveRoom.mutate({ roomId });
  await room.ended();
  expect(room.ends).toEqual(['NOT_A_MEMBER']);
});

it('is not joined while it is being deleted, in whatever order they come', async () => {
  const { chat, deps } = await startPeople();
  for (let round = 0; round < 20; round += 1) {
    const name = `round ${round}`;
    const { id } = await chat('owner').createRoom.mutate({ name, password: 'x' });
    const join = () => chat('member').joinRoom.mutate({ name, password: 'x' });
    const leave = () => chat('owner').leaveRoom.mutate({ roomId: id });
    const calls = round % 2 ? [leave(), join()] : [join(), leave()];
    const joined = (await outcomes(calls))[round % 2];
    const room = await deps.db.room.findUnique({ where: { id }, include: { members: true } });
    expect(['ok', 'ROOM_NOT_FOUND']).toContain(joined);
    expect(room?.members.map(({ username, role }) => [username, role]) ?? 'deleted').toEqual(
      joined === 'ok' ? [['member', 'owner']] : 'deleted',
    );
  }
});

it('frees the messages of nobody else', async () => {
  const { chat, roomId } = await startPeople();
  const { id } = await chat('stranger').createRoom.mutate({ name: 'other' });
  await chat('stranger').sendMessage.mutate({ roomId: id, text: 'stays' });
  for (const person of ['owner', 'moderator', 'member'] satisfies Person[])
    await chat(person).leaveRoom.mutate({ roomId });
  expect(await chat('stranger').listMessages.query({ roomId: id })).toMatchObject([{ text: 'stays' }]);
});
