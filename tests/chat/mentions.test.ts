import { describe, expect, it } from 'vitest';
import { liveClient } from '../support/live-client.ts';
import { type Person, startPeople } from './people.ts';

describe.each(['ephemeral', 'kept'] as const)('in a room, %s', (history) => {
  async function setup() {
    const mirage = await startPeople({}, undefined, history === 'kept' ? history : undefined);
    const { chat, roomId } = mirage;
    const send = (person: Person, text: string) => chat(person).sendMessage.mutate({ roomId, text });
    const countOf = async (person: Person) => {
      const room = (await chat(person).listJoinedRooms.query()).find(({ id }) => id === roomId);
      return [room?.unread, room?.mentions];
    };
    return { ...mirage, send, countOf };
  }

  it('says which members a message mentions, to everybody and in every way of reading', async () => {
    const { chat, roomId, send, url, users } = await setup();
    const following = liveClient({ url, token: users.moderator.token }).room(roomId);
    await following.started();
    const sent = await send('owner', 'hello @member, @moderator! and @member again');
    expect(sent.mentions).toEqual(['member', 'moderator']);
    expect(sent).not.toHaveProperty('mentionsRoom');
    const { messages } = await chat('member').history.query({ roomId });
    expect(messages).toEqual([sent]);
    expect(await chat('member').listMessages.query({ roomId })).toEqual([sent]);
    await following.until(() => following.words.length === 1);
    expect(following.events).toEqual([
      expect.objectContaining({
        data: {
          type: 'message',
          message: expect.objectContaining({ text: sent.text, mentions: ['member', 'moderator'] }),
        },
      }),
    ]);
  });

  it('mentions nobody who is no member, and nobody in code', async () => {
    const { send } = await setup();
    for (const text of [
      'hello @former, @banned, @stranger and @nobody',
      '`@member`',
      '```\n@member\n```',
      'mail member@moderator.example',
      '@members',
    ])
      expect(await send('owner', text)).not.toHaveProperty('mentions');
  });

  it('lets owners and moderators mention everyone', async () => {
    const { send } = await setup();
    expect(await send('owner', '@room look')).toMatchObject({ mentionsRoom: true });
    expect(await send('moderator', 'look @room, @member')).toMatchObject({
      mentions: ['member'],
      mentionsRoom: true,
    });
    const plain = await send('member', '@room look');
    expect(plain).not.toHaveProperty('mentionsRoom');
    expect(plain).not.toHaveProperty('mentions');
  });

  it('counts them apart for each member until they are read', async () => {
    const { chat, roomId, send, countOf } = await setup();
    await send('owner', 'hello');
    await send('owner', '@member');
    const all = await send('owner', '@room');
    const last = await send('moderator', '@member @owner');
    expect(await countOf('member')).toEqual([4, 3]);
    expect(await countOf('moderator')).toEqual([3, 1]);
    expect(await countOf('owner')).toEqual([1, 1]);
    const markRead = (upTo: string) => chat('member').markRead.mutate({ roomId, upTo });
    expect(await markRead(all.id)).toMatchObject({ unread: 1, mentions: 1 });
    expect(await markRead(last.id)).toMatchObject({ unread: 0, mentions: 0 });
    expect(await countOf('member')).toEqual([0, 0]);
  });

  it('tells of them in the list of rooms', async () => {
    const { send, url, users } = await setup();
    const following = liveClient({ url, token: users.member.token }).rooms();
    await following.until(() => following.words.includes('state'));
    await send('owner', '@member');
    await following.until(() => following.words.includes('unread'));
    expect(following.events.at(-1)).toMatchObject({ type: 'unread', unread: 1, mentions: 1 });
  });

  it('gives a repeated message with the same mentions', async () => {
    const { chat, roomId } = await setup();
    const draft = { roomId, text: 'hello @member', clientId: 'one' };
    const first = await chat('owner').sendMessage.mutate(draft);
    expect(first.mentions).toEqual(['member']);
    expect(await chat('owner').sendMessage.mutate(draft)).toEqual(first);
  });

  it('shows none of it to legacy callers', async () => {
    const { roomId, send, rest, users } = await setup();
    await send('owner', '@room and @member');
    const [, messages] = await rest('GET', `/api/get_room_messages?room_id=${roomId}`, {
      token: users.member.token,
    });
    expect(Object.keys((messages as { messages: object[] }).messages[0] ?? {})).not.toContain('mentions');
  });
});

it('takes the longest name, and names with spaces in quotes', async () => {
  const { chat, roomId, rest, client, user } = await startPeople();
  const join = (token: string) => client(token).chat.joinRoom.mutate({ name: 'den' });
  for (const name of ['ada', 'ada.b']) await join((await user(name)).token);
  // Names with spaces exist since the legacy API.
  await rest('POST', '/api/register', {
    username: 'Ada Lovelace',
    email: 'l@example.com',
    password: 'secret',
  });
  const [, login] = await rest('POST', '/api/login', { username: 'Ada Lovelace', password: 'secret' });
  await join((login as { token: string }).token);
  const mentioned = async (text: string) =>
    (await chat('owner').sendMessage.mutate({ roomId, text })).mentions;
  expect(await mentioned('@ada.b, hi')).toEqual(['ada.b']);
  expect(await mentioned('@ada.c')).toEqual(['ada']);
  expect(await mentioned('@"Ada Lovelace" hi')).toEqual(['Ada Lovelace']);
  expect(await mentioned('@Ada Lovelace hi')).toBeUndefined();
});

it('gives everyone precedence over a member of that name, for those who may', async () => {
  const { chat, roomId, user } = await startPeople();
  const { client } = await user('room');
  await client.chat.joinRoom.mutate({ name: 'den' });
  const send = (person: Person) => chat(person).sendMessage.mutate({ roomId, text: '@room' });
  expect(await send('owner')).toMatchObject({ mentionsRoom: true });
  expect(await send('member')).toMatchObject({ mentions: ['room'] });
});
