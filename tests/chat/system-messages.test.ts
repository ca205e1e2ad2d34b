import { describe, expect, it } from 'vitest';
import { liveClient } from '../support/live-client.ts';
import { outcomes } from '../support/refusal.ts';
import { type Person, startPeople } from './people.ts';

async function startRoom(
  history: 'ephemeral' | 'kept',
  settings: Parameters<typeof startPeople>[0] = {},
  password?: string,
) {
  const people = await startPeople(
    { systemMessages: 'kept', ...settings },
    password,
    history === 'kept' ? history : undefined,
  );
  const { chat, roomId } = people;
  const told = async (person: Person = 'owner') =>
    (await chat(person).history.query({ roomId, limit: 200 })).messages
      .filter(({ kind }) => kind === 'system')
      .map(({ event, username, text }) => [event, username, ...(text === '' ? [] : [text])].join(' '));
  return { ...people, told };
}

/** What `startPeople` does. */
const beginning = [
  'joined moderator',
  'joined member',
  'joined former',
  'joined banned',
  'left former',
  'banned banned',
];

describe.each(['public', 'private'] as const)('in %s kept rooms', (access) => {
  const password = access === 'private' ? 'secret' : undefined;

  it('tells who has come and gone, and of names and topics', async () => {
    const { chat, roomId, told } = await startRoom('kept', {}, password);
    expect(await told()).toEqual(beginning);
    await chat('owner').updateRoom.mutate({ roomId, name: 'lair', topic: 'dens' });
    await chat('moderator').updateRoom.mutate({ roomId, topic: '' });
    await chat('moderator').updateRoom.mutate({ roomId, topic: '', slowModeSeconds: 0 });
    await chat('owner').removeMember.mutate({ roomId, username: 'member' });
    const { code } = await chat('owner').createInvite.mutate({ roomId });
    await chat('stranger').joinByInvite.mutate({ code });
    await chat('stranger').joinByInvite.mutate({ code });
    expect((await told('stranger')).slice(beginning.length)).toEqual([
      'renamed owner lair',
      'topic owner dens',
      'topic moderator',
      'removed member',
      'joined stranger',
    ]);
  });
});

it('tells nothing in ephemeral rooms, unless it is set to, and nothing anywhere if that is off', async () => {
  expect(await (await startRoom('ephemeral')).told()).toEqual([]);
  expect(await (await startRoom('kept', { systemMessages: 'off' })).told()).toEqual([]);
  const { told } = await startRoom('ephemeral', { systemMessages: 'all' });
  expect(await told()).toEqual(beginning);
});

describe.each(['ephemeral', 'kept'] as const)('in %s rooms', (history) => {
  const start = (settings: Parameters<typeof startPeople>[0] = {}) =>
    startRoom(history, { systemMessages: 'all', ...settings });

  it('tells those in the room at once, counts it as nothing to read, and shows it in lists', async () => {
    const { chat, roomId, url, users } = await start();
    const { room, rooms } = liveClient({ url, token: users.owner.token });
    const events = room(roomId);
    const lists = rooms();
    await lists.started();
    await events.started();
    await chat('owner').updateRoom.mutate({ roomId, topic: 'dens' });
    await events.word('dens');
    const last = { username: 'owner', text: 'dens', kind: 'system', event: 'topic' };
    await lists.until(() => {
      const { lastMessage } = lists.events.at(-1) as { lastMessage?: { text: string } };
      return lastMessage?.text === 'dens';
    });
    expect(lists.events.at(-1)).toMatchObject({ type: 'unread', unread: 0, lastMessage: last });
    const joined = await chat('moderator').listJoinedRooms.query();
    expect(joined).toMatchObject([{ unread: 0, mentions: 0, lastMessage: last }]);
    await chat('owner').sendMessage.mutate({ roomId, text: 'hello' });
    const [now] = await chat('moderator').listJoinedRooms.query();
    expect(now).toMatchObject({ unread: 1, lastMessage: { text: 'hello', kind: 'user' } });
    expect(now?.lastMessage).not.toHaveProperty('event');
  });

  it('lets nobody change it', async () => {
    const { chat, roomId } = await start();
    const [message] = (await chat('owner').history.query({ roomId })).messages;
    const of = { roomId, id: message?.id ?? '' };
    for (const person of ['owner', 'moderator', 'member'] as const)
      expect(
        await outcomes([
          chat(person).editMessage.mutate({ ...of, text: 'no' }),
          chat(person).deleteMessage.mutate(of),
          chat(person).react.mutate({ ...of, emoji: '👍' }),
        ]),
      ).toEqual(Array(3).fill('MESSAGE_NOT_FOUND'));
    expect(await outcomes([chat('owner').pinMessage.mutate(of)])).toEqual(['MESSAGE_NOT_FOUND']);
  });

  it('shows legacy readers as many messages as ever, and none of these', async () => {
    const { chat, roomId, rest, users } = await start({ roomMessages: { capacity: 20, ttlMs: 60_000 } });
    for (let number = 1; number <= 3; number += 1) {
      await chat('member').sendMessage.mutate({ roomId, text: `message ${number}` });
      await chat('stranger').joinRoom.mutate({ name: 'den' });
      await chat('stranger').leaveRoom.mutate({ roomId });
    }
    const { token } = users.owner;
    const [status, body] = await rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token });
    expect(status).toBe(200);
    const { messages } = body as { messages: { message: string }[] };
    expect(messages.map(({ message }) => message)).toEqual(['message 1', 'message 2', 'message 3']);
  });
});

it('tells of one user’s coming and going 20 times an hour at most', async () => {
  const { chat, roomId, told } = await startRoom('kept', { rateLimit: true });
  for (let time = 0; time < 15; time += 1) {
    await chat('stranger').joinRoom.mutate({ name: 'den' });
    await chat('stranger').leaveRoom.mutate({ roomId });
  }
  await chat('former').joinRoom.mutate({ name: 'den' });
  const all = await told();
  expect(all.filter((text) => text.endsWith('stranger'))).toHaveLength(20);
  expect(all.at(-1)).toBe('joined former');
});

it('shows legacy readers the newest messages of a kept room, however much was told in between', async () => {
  const { chat, roomId, rest, users } = await startRoom('kept', {
    roomMessages: { capacity: 2, ttlMs: 60_000 },
  });
  for (let number = 1; number <= 3; number += 1)
    await chat('member').sendMessage.mutate({ roomId, text: `message ${number}` });
  for (const topic of ['a', 'b', 'c']) await chat('owner').updateRoom.mutate({ roomId, topic });
  const { token } = users.owner;
  const [, body] = await rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token });
  const { messages } = body as { messages: { message: string }[] };
  expect(messages.map(({ message }) => message)).toEqual(['message 2', 'message 3']);
});
