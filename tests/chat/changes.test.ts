import { describe, expect, it } from 'vitest';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal } from '../support/refusal.ts';
import { insiders, type Person, startPeople } from './people.ts';

describe.each(['ephemeral', 'kept'] as const)('in %s rooms', (history) => {
  async function startRoom(settings: Parameters<typeof startPeople>[0] = {}) {
    const people = await startPeople(settings, undefined, history === 'kept' ? history : undefined);
    const { chat, roomId } = people;
    const say = (words: string, person: Person = 'member') =>
      chat(person).sendMessage.mutate({ roomId, text: words });
    const edit = ({ id }: { id: string }, words: string, person: Person = 'member') =>
      chat(person).editMessage.mutate({ roomId, id, text: words });
    const remove = ({ id }: { id: string }, person: Person = 'member') =>
      chat(person).deleteMessage.mutate({ roomId, id });
    const react = ({ id }: { id: string }, emoji: string, person: Person = 'member') =>
      chat(person).react.mutate({ roomId, id, emoji });
    const listed = async () => (await chat('owner').listMessages.query({ roomId })).map(({ text }) => text);
    return { ...people, say, edit, remove, react, listed };
  }

  it('lets the sender alone edit a message', async () => {
    const { askAll, roomId, say, chat, clock, listed } = await startRoom();
    const message = await say('hello');
    clock.advance(1000);
    const bye = { roomId, id: message.id, text: ' bye ' };
    expect(await askAll((chat) => chat.editMessage.mutate(bye))).toEqual(
      insiders('NOT_THE_SENDER', 'NOT_THE_SENDER', 'ok'),
    );
    expect(await listed()).toEqual(['bye']);
    const [edited] = (await chat('owner').history.query({ roomId })).messages;
    expect(edited).toEqual({ ...message, text: 'bye', editedAt: new Date(clock()).toISOString() });
  });

  it('lets the sender, owners and moderators delete a message', async () => {
    const { chat, roomId, say, remove, listed, askAll } = await startRoom();
    const theirs = await say('of the owner', 'owner');
    expect(await outcomes([remove(theirs, 'member')])).toEqual(['ROLE_REQUIRED']);
    for (const person of ['stranger', 'former', 'banned'] as const)
      expect(await outcomes([remove(theirs, person)])).toEqual(['NOT_A_MEMBER']);
    for (const person of ['owner', 'moderator', 'member'] as const) await remove(await say('hello'), person);
    await remove(theirs, 'moderator');
    expect(await listed()).toEqual([]);
    expect(await askAll((chat) => chat.deleteMessage.mutate({ roomId, id: theirs.id }))).toEqual(
      insiders('MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND'),
    );
    const [lists] = await chat('owner').listJoinedRooms.query();
    expect(lists).toMatchObject({ unread: 0, lastMessage: null });
  });

  it('lets every member react, and those who were members keep their reactions', async () => {
    const { askAll, roomId, say, chat, react } = await startRoom();
    const message = await say('hello');
    const { id } = message;
    const ask = (kind: 'react' | 'unreact') =>
      askAll((chat) => chat[kind].mutate({ roomId, id, emoji: '👍' }));
    expect(await ask('react')).toEqual(insiders('ok', 'ok', 'ok'));
    const reacted = await react(message, '🎉', 'moderator');
    expect(reacted.reactions).toEqual([
      { emoji: '👍', users: ['owner', 'moderator', 'member'] },
      { emoji: '🎉', users: ['moderator'] },
    ]);
    await react(message, '🎉', 'moderator');
    await chat('moderator').leaveRoom.mutate({ roomId });
    expect(await ask('unreact')).toEqual(['ok', 'NOT_A_MEMBER', ...insiders('', '', 'ok').slice(2)]);
    const [left] = await chat('owner').listMessages.query({ roomId });
    expect(left?.reactions).toEqual([
      { emoji: '👍', users: ['moderator'] },
      { emoji: '🎉', users: ['moderator'] },
    ]);
    expect(await ask('unreact')).toEqual(['ok', 'NOT_A_MEMBER', ...insiders('', '', 'ok').slice(2)]);
  });

  it('takes at most 8 different emoji of one member', async () => {
    const { say, react } = await startRoom();
    const message = await say('hello');
    for (const emoji of ['👍', '❤️', '😂', '😮', '😢', '🙏', '🎉', '🔥']) await react(message, emoji);
    await expect(react(message, '🚀')).rejects.toMatchObject(refusal('TOO_MANY_REACTIONS'));
    await react(message, '👍');
    await react(message, '🚀', 'owner');
    await expect(react(message, 'no emoji')).rejects.toMatchObject(refusal('INVALID_INPUT'));
  });

  it('takes at most 1,000 reactions on a message', async () => {
    const { deps, roomId, say, react, chat } = await startRoom();
    const message = await say('hello');
    const users = Array.from({ length: 999 }, (_, index) => `user ${index}`);
    await deps.roomMessages.revise(roomId, message.id, () => ({
      kind: 'reaction',
      reactions: [{ emoji: '👍', users }],
    }));
    await react(message, '👍');
    await expect(react(message, '👍', 'owner')).rejects.toMatchObject(refusal('TOO_MANY_REACTIONS'));
    await chat('member').unreact.mutate({ roomId, id: message.id, emoji: '👍' });
    await react(message, '🎉', 'owner');
  });

  it('ends editing with the time for it, and never lets a message of another room be changed', async () => {
    const { say, edit, clock, chat, react, roomId } = await startRoom({ editWindowMs: 60_000 });
    const message = await say('hello');
    clock.advance(59_999);
    await edit(message, 'in time');
    clock.advance(1);
    await expect(edit(message, 'late')).rejects.toMatchObject(refusal('EDIT_WINDOW_OVER'));
    await react(message, '👍');
    const { id: elsewhere } = await chat('member').createRoom.mutate({ name: 'elsewhere' });
    const there = { roomId: elsewhere, id: message.id };
    expect(
      await outcomes([
        chat('member').editMessage.mutate({ ...there, text: 'no' }),
        chat('member').deleteMessage.mutate(there),
        chat('member').react.mutate({ ...there, emoji: '👍' }),
        chat('member').editMessage.mutate({ roomId, id: message.id, text: '  ' }),
      ]),
    ).toEqual(['MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'INVALID_INPUT']);
  });

  it.each(transports)('tells those in the room over %s, also when they come back', async (transport) => {
    const { url, users, roomId, say, edit, remove, react } = await startRoom();
    const message = await say('hello');
    const other = await say('other');
    const { room: follow } = liveClient({ url, token: users.owner.token, transport });
    const room = follow(roomId, other.id);
    await room.started();
    await edit(message, 'edited');
    await room.word('edited');
    await react(message, '👍', 'moderator');
    await room.word('reaction');
    await remove(other);
    await room.word(`deleted ${other.id}`);
    await say('later');
    await room.word('later');
    const told = room.events as { id: string; data: { message?: object } }[]; // safe: each has a place
    expect(told).toEqual([
      {
        id: expect.any(String),
        data: {
          type: 'edited',
          message: { ...message, text: 'edited', editedAt: expect.any(String) },
        },
      },
      {
        id: expect.any(String),
        data: { type: 'reaction', id: message.id, reactions: [{ emoji: '👍', users: ['moderator'] }] },
      },
      { id: expect.any(String), data: { type: 'deleted', id: other.id } },
      {
        id: expect.any(String),
        data: { type: 'message', message: expect.objectContaining({ text: 'later' }) },
      },
    ]);

    const again = follow(roomId, other.id);
    await again.word('later');
    // Of an edit and a reaction later on, the message is told as it is now.
    expect(again.words).toEqual(['edited', 'reaction', `deleted ${other.id}`, 'later']);
    const rest = follow(roomId, told[1]?.id);
    await rest.word('later');
    expect(rest.words).toEqual([`deleted ${other.id}`, 'later']);
    const fresh = follow(roomId);
    await fresh.word('later');
    expect(fresh.words).toEqual(['edited', 'later']);
  });

  it('corrects unread counts, mentions and last messages', async () => {
    const { url, users, roomId, say, edit, remove, chat } = await startRoom();
    const { rooms: follow } = liveClient({ url, token: users.owner.token });
    const rooms = follow();
    await rooms.started();
    const lastTold = () =>
      rooms.events.at(-1) as { unread: number; mentions: number; lastMessage: { text: string } };
    const first = await say('first @owner');
    const second = await say('second');
    await rooms.until(() => lastTold().unread === 2);
    await edit(second, 'second @owner');
    await rooms.until(() => lastTold().mentions === 2 && lastTold().lastMessage.text === 'second @owner');
    await edit(first, 'first');
    await rooms.until(() => lastTold().mentions === 1);
    await remove(second);
    await rooms.until(() => lastTold().unread === 1 && lastTold().lastMessage.text === 'first');
    const { unread } = await chat('owner').markRead.mutate({ roomId, upTo: second.id });
    expect(unread).toBe(0);
  });

  it('takes the pin of a deleted message along', async () => {
    const { url, users, roomId, say, remove, chat, deps } = await startRoom();
    const message = await say('hello');
    await chat('owner').pinMessage.mutate({ roomId, id: message.id });
    const { room: follow } = liveClient({ url, token: users.owner.token });
    const room = follow(roomId);
    await room.word('hello');
    await remove(message);
    await room.word('pins');
    expect((await chat('owner').listPins.query({ roomId })).pins).toEqual([]);
    expect(await deps.db.roomPin.count()).toBe(0);
  });

  it('answers a repeated edit with the message as it is now', async () => {
    const { url, say, edit, users, roomId, remove } = await startRoom();
    const message = await say('hello');
    const send = async () => {
      const response = await fetch(`${url}/trpc/chat.editMessage`, {
        method: 'POST',
        headers: {
          authorization: users.member.token,
          'content-type': 'application/json',
          'idempotency-key': 'once',
        },
        body: JSON.stringify({ roomId, id: message.id, text: 'edited' }),
      });
      return response.json();
    };
    expect(await send()).toMatchObject({ result: { data: { text: 'edited' } } });
    await edit(message, 'again');
    expect(await send()).toMatchObject({ result: { data: { text: 'again' } } });
    await remove(message);
    expect(await send()).toMatchObject({ error: { data: { reason: 'MESSAGE_NOT_FOUND' } } });
  });

  it('shows the client id of an edited message to its sender alone', async () => {
    const { chat, roomId, url, users } = await startRoom();
    const { id } = await chat('member').sendMessage.mutate({ roomId, text: 'hello', clientId: 'mine' });
    const [own, others] = (['member', 'owner'] as const).map((person) =>
      liveClient({ url, token: users[person].token }).room(roomId, id),
    );
    await own?.started();
    await others?.started();
    await chat('member').editMessage.mutate({ roomId, id, text: 'bye' });
    await own?.word('bye');
    await others?.word('bye');
    const clientIdOf = (events: unknown[] = []) =>
      (events[0] as { data: { message: { clientId?: string } } }).data.message.clientId;
    expect([clientIdOf(own?.events), clientIdOf(others?.events)]).toEqual(['mine', undefined]);
  });

  it('shows legacy readers what messages say now, and none that were deleted', async () => {
    const { chat, say, edit, remove, react, rest, users, roomId } = await startRoom();
    const [first, second] = [await say('first'), await say('second')];
    await react(first, '👍');
    await edit(first, 'edited');
    await remove(second);
    const { token } = users.owner;
    const [, body] = await rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token });
    expect(JSON.stringify(body)).toContain('edited');
    expect(JSON.stringify(body)).not.toMatch(/second|first|👍|reactions|edited_?at/i);
    expect(await chat('owner').listMessages.query({ roomId })).toHaveLength(1);
  });
});
