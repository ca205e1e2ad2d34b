import { expect, it } from 'vitest';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal } from '../support/refusal.ts';
import { insiders, startPeople } from './people.ts';

const ok = 'ok';
const no = 'ROLE_REQUIRED';

it('lets owners change a room, and moderators its topic and slow mode', async () => {
  const { askAll, roomId } = await startPeople();
  const change = (changes: object) => askAll((chat) => chat.updateRoom.mutate({ roomId, ...changes }));
  for (const changes of [
    { name: 'new' },
    { description: 'long' },
    { password: 'secret' },
    { password: null },
  ])
    expect(await change(changes), JSON.stringify(changes)).toEqual(insiders(ok, no, no));
  for (const changes of [{ topic: 'new' }, { slowModeSeconds: 5 }, {}])
    expect(await change(changes), JSON.stringify(changes)).toEqual(insiders(ok, ok, no));
  expect(await change({ topic: 'new', name: 'newer' })).toEqual(insiders(ok, no, no));
});

it('tells nobody of a call without changes', async () => {
  const { chat, roomId, url, users } = await startPeople();
  const list = liveClient({ url, token: users.member.token }).rooms();
  await list.word('state');
  await chat('owner').updateRoom.mutate({ roomId });
  await chat('owner').updateRoom.mutate({ roomId, topic: 'new' });
  await list.until(() => JSON.stringify(list.events).includes('"topic":"new"'));
  expect(list.words).toEqual(['state', 'updated']);
});

it('answers with the room as it is, and changes nothing that is not given', async () => {
  const { chat, roomId } = await startPeople();
  const room = {
    id: roomId,
    name: 'den',
    isPrivate: false,
    createdBy: 'owner',
    topic: '',
    history: 'ephemeral',
    lifespanSeconds: null,
    description: '',
    slowModeSeconds: 0,
  };
  const update = (changes: object) => chat('owner').updateRoom.mutate({ roomId, ...changes });
  expect(await update({})).toEqual(room);
  expect(await update({ topic: ' tea ', description: ' words ' })).toEqual({
    ...room,
    topic: 'tea',
    description: 'words',
  });
  expect(await update({ name: ' salon ', slowModeSeconds: 3600 })).toEqual({
    ...room,
    name: 'salon',
    topic: 'tea',
    description: 'words',
    slowModeSeconds: 3600,
  });
  expect(await chat('member').listJoinedRooms.query()).toMatchObject([
    { name: 'salon', topic: 'tea', role: 'member' },
  ]);
  await chat('stranger').joinRoom.mutate({ name: 'salon' });
});

it.each([
  { name: '' },
  { name: 'x'.repeat(101) },
  { name: 'a\u200bb\u0007' },
  { topic: 'x'.repeat(251) },
  { description: 'x'.repeat(2001) },
  { password: ' ' },
  { slowModeSeconds: -1 },
  { slowModeSeconds: 3601 },
  { slowModeSeconds: 1.5 },
])('refuses %j', async (changes) => {
  const { chat, roomId } = await startPeople();
  await expect(chat('owner').updateRoom.mutate({ roomId, ...changes })).rejects.toMatchObject(
    refusal('INVALID_INPUT'),
  );
});

it('gives no room the name of another, nor one that looks like it, but lets a name change its case', async () => {
  const { chat, roomId } = await startPeople();
  await chat('stranger').createRoom.mutate({ name: 'spa' });
  const rename = (name: string) => chat('owner').updateRoom.mutate({ roomId, name });
  expect(await outcomes([rename('spa'), rename('s\u0440a')])).toEqual(['ROOM_NAME_TAKEN', 'ROOM_NAME_TAKEN']);
  expect(await rename('den')).toMatchObject({ name: 'den' });
  expect(await rename('DEN')).toMatchObject({ name: 'DEN' });
  await chat('stranger').createRoom.mutate({ name: 'free again' });
});

it('makes a room private with a password, and public again within the limit', async () => {
  const { chat, roomId } = await startPeople({ maxPublicRooms: 1 });
  const update = (password: string | null) => chat('owner').updateRoom.mutate({ roomId, password });
  const join = (password?: string) =>
    outcomes([chat('stranger').joinRoom.mutate({ name: 'den', ...(password && { password }) })]);
  expect(await update(' first ')).toMatchObject({ isPrivate: true });
  expect(await join()).toEqual(['PASSWORD_REQUIRED']);
  await update('second');
  expect(await join('first')).toEqual(['WRONG_PASSWORD']);
  await expect(chat('stranger').listMembers.query({ roomId })).rejects.toMatchObject(refusal('NOT_A_MEMBER'));

  const { id: other } = await chat('stranger').createRoom.mutate({ name: 'other' });
  await expect(update(null)).rejects.toMatchObject(refusal('PUBLIC_ROOM_LIMIT'));
  expect(await join()).toEqual(['PASSWORD_REQUIRED']);
  await chat('stranger').deleteRoom.mutate({ roomId: other });
  expect(await update(null)).toMatchObject({ isPrivate: false });
  expect(await join()).toEqual(['ok']);
});

it('lets only owners give roles', async () => {
  const { askAll, roomId, rolesOf } = await startPeople();
  const give = (username: string, role: 'owner' | 'moderator' | 'member') =>
    askAll((chat) => chat.setRole.mutate({ roomId, username, role }));
  expect(await give('member', 'moderator')).toEqual(insiders(ok, no, no));
  expect(await rolesOf()).toEqual({ owner: 'owner', moderator: 'moderator', member: 'moderator' });
  expect(await give('member', 'member')).toEqual(insiders(ok, no, no));
  for (const outsider of ['former', 'banned', 'stranger', 'nobody'])
    expect(await give(outsider, 'moderator')).toEqual(insiders('USER_NOT_FOUND', no, no));
  expect(await rolesOf()).toEqual({ owner: 'owner', moderator: 'moderator', member: 'member' });
});

it('takes the role of an owner only from those who give it up, and never from the last one', async () => {
  const { chat, roomId, rolesOf } = await startPeople();
  const set = (by: 'owner' | 'member', username: string, role: 'owner' | 'moderator' | 'member') =>
    outcomes([chat(by).setRole.mutate({ roomId, username, role })]);
  expect(await set('owner', 'owner', 'member')).toEqual(['LAST_OWNER']);
  expect(await set('owner', 'owner', 'owner')).toEqual(['ok']);
  expect(await set('owner', 'member', 'owner')).toEqual(['ok']);
  expect(await set('owner', 'member', 'member')).toEqual([no]);
  expect(await set('member', 'owner', 'moderator')).toEqual([no]);
  expect(await set('owner', 'owner', 'moderator')).toEqual(['ok']);
  expect(await set('member', 'member', 'member')).toEqual(['LAST_OWNER']);
  expect(await rolesOf()).toEqual({ owner: 'moderator', moderator: 'moderator', member: 'owner' });
});

it('keeps an owner when two of them step down at once', async () => {
  const { chat, roomId, rolesOf } = await startPeople();
  await chat('owner').setRole.mutate({ roomId, username: 'member', role: 'owner' });
  const stepDown = (person: 'owner' | 'member') =>
    chat(person).setRole.mutate({ roomId, username: person, role: 'member' });
  expect((await outcomes([stepDown('owner'), stepDown('member')])).sort()).toEqual(['LAST_OWNER', 'ok']);
  expect(Object.values(await rolesOf()).filter((role) => role === 'owner')).toHaveLength(1);
});

it('hands a room over to another member, who owns it from then on', async () => {
  const { askAll, chat, roomId, rolesOf } = await startPeople();
  expect(await askAll((each) => each.transferOwnership.mutate({ roomId, username: 'stranger' }))).toEqual([
    'USER_NOT_FOUND',
    no,
    no,
    'NOT_A_MEMBER',
    'NOT_A_MEMBER',
    'INVALID_INPUT',
  ]);
  await chat('owner').transferOwnership.mutate({ roomId, username: 'member' });
  expect(await rolesOf()).toEqual({ owner: 'moderator', moderator: 'moderator', member: 'owner' });
  await expect(chat('owner').deleteRoom.mutate({ roomId })).rejects.toMatchObject(refusal('NOT_THE_CREATOR'));
  expect(await chat('owner').listJoinedRooms.query()).toMatchObject([
    { createdBy: 'owner', role: 'moderator' },
  ]);
  await chat('member').deleteRoom.mutate({ roomId });
});

it('lets owners delete a room', async () => {
  const { askAll, chat, roomId } = await startPeople();
  await chat('owner').setRole.mutate({ roomId, username: 'member', role: 'owner' });
  const others = await askAll((each, person) =>
    person === 'owner' || person === 'member' ? Promise.resolve() : each.deleteRoom.mutate({ roomId }),
  );
  expect(new Set(others)).toEqual(new Set(['ok', 'NOT_THE_CREATOR']));
  await chat('member').deleteRoom.mutate({ roomId });
  await expect(chat('owner').deleteRoom.mutate({ roomId })).rejects.toMatchObject(refusal('ROOM_NOT_FOUND'));
});

it('limits how many changes a user can make in a minute', async () => {
  const { chat, roomId } = await startPeople({ rateLimit: true });
  const results = [];
  for (let change = 0; change < 125; change += 1)
    results.push(...(await outcomes([chat('moderator').updateRoom.mutate({ roomId, topic: `${change}` })])));
  expect(results.filter((result) => result === 'ok')).toHaveLength(120);
  expect(results.at(-1)).toBe('TOO_MANY_REQUESTS');
});
