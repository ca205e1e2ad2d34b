import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMirageClient, type MirageClient } from '../../src/client/index.ts';
import { openServer } from '../../src/server/app/open-server.ts';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { startMirage } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes } from '../support/refusal.ts';
import { insiders, startPeople } from './people.ts';

const hourMs = 3_600_000;

async function startKept(settings: Parameters<typeof startPeople>[0] = {}) {
  const mirage = await startPeople(settings, undefined, 'kept');
  const { chat, roomId } = mirage;
  const say = async (text: string) => (await chat('member').sendMessage.mutate({ roomId, text })).id;
  const sayAll = async (count: number) => {
    const ids: string[] = [];
    for (let number = 0; number < count; number += 1) ids.push(await say(String(number)));
    return ids;
  };
  const history = async (
    range: Omit<Parameters<MirageClient['chat']['history']['query']>[0], 'roomId'> = {},
  ) => {
    const { messages, ...page } = await chat('owner').history.query({ roomId, ...range });
    return { texts: messages.map(({ text }) => text).join(' '), ...page };
  };
  /** Ends the server, and starts another one on its database. */
  async function restart() {
    await mirage.close();
    const server = await openServer(mirage.deps.config, { clock: mirage.clock, log: mirage.deps.log });
    onTestFinished(() => server.close());
    const client = createMirageClient({ url: server.url, token: mirage.users.member.token });
    return { ...server, client };
  }
  return { ...mirage, say, sayAll, history, restart };
}

const pageOf = (texts: string, hasMoreBefore: boolean, hasMoreAfter: boolean) => ({
  texts,
  hasMoreBefore,
  hasMoreAfter,
  position: expect.stringMatching(/^\d+-[a-z0-9]+-\d+-\d+$/),
});

it('keeps what the ring would have evicted, for members alone', async () => {
  const { chat, roomId, sayAll, history, askAll } = await startKept({
    roomMessages: { capacity: 3, ttlMs: hourMs },
  });
  await sayAll(10);
  expect(await history()).toEqual(pageOf('0 1 2 3 4 5 6 7 8 9', false, false));
  const listed = await chat('owner').listMessages.query({ roomId });
  expect(listed.map(({ text }) => text)).toEqual(['7', '8', '9']);
  expect(await askAll((of) => of.history.query({ roomId }))).toEqual(insiders('ok', 'ok', 'ok'));
  const { id: other } = await chat('stranger').createRoom.mutate({ name: 'ephemeral' });
  for (const text of ['a', 'b', 'c', 'd']) await chat('stranger').sendMessage.mutate({ roomId: other, text });
  expect(await chat('stranger').history.query({ roomId: other })).toMatchObject({
    messages: ['b', 'c', 'd'].map((text) => ({ text })),
    hasMoreBefore: false,
  });
});

describe.each(['kept', 'ephemeral'] as const)('chat.history of an %s room', (kind) => {
  async function startWithTen() {
    const kept = await startKept();
    const { chat } = kept;
    const { id: roomId } = await chat('owner').createRoom.mutate({ name: kind, history: kind });
    const ids: string[] = [];
    for (let number = 0; number < 10; number += 1)
      ids.push((await chat('owner').sendMessage.mutate({ roomId, text: String(number) })).id);
    const at = (index: number) => ids[index] ?? '';
    return { ...kept, roomId, at, read: (range: object) => kept.history({ roomId, ...range } as object) };
  }

  it('pages in both directions and around a message', async () => {
    const { at, read } = await startWithTen();
    expect(await read({ limit: 3 })).toEqual(pageOf('7 8 9', true, false));
    expect(await read({ limit: 3, before: at(7) })).toEqual(pageOf('4 5 6', true, true));
    expect(await read({ limit: 4, before: at(4) })).toEqual(pageOf('0 1 2 3', false, true));
    expect(await read({ limit: 3, after: at(3) })).toEqual(pageOf('4 5 6', true, true));
    expect(await read({ limit: 3, after: at(6) })).toEqual(pageOf('7 8 9', true, false));
    expect(await read({ limit: 5, around: at(5) })).toEqual(pageOf('3 4 5 6 7', true, true));
    expect(await read({ limit: 4, around: at(0) })).toEqual(pageOf('0 1 2 3', false, true));
    expect(await read({ limit: 4, around: at(9) })).toEqual(pageOf('6 7 8 9', true, false));
    expect(await read({ limit: 1, around: at(5) })).toEqual(pageOf('5', true, true));
  });

  it('takes the ids of messages that do not exist', async () => {
    const { at, read } = await startWithTen();
    expect(await read({ before: '1-0' })).toEqual(pageOf('', false, true));
    expect(await read({ limit: 2, after: '1-0' })).toEqual(pageOf('0 1', false, true));
    expect(await read({ after: at(9) })).toEqual(pageOf('', true, false));
    const future = '999999999999999-999999999999999';
    expect(await read({ after: future })).toEqual(pageOf('', true, false));
    expect(await read({ limit: 2, before: future })).toEqual(pageOf('8 9', true, false));
    expect(await read({ limit: 2, around: future })).toEqual(pageOf('8 9', true, false));
    expect(await read({ limit: 2, around: '0-0' })).toEqual(pageOf('0 1', false, true));
  });

  it('ends a page before it exceeds 1 MB, on the side that is further away', async () => {
    const { chat, roomId } = await startWithTen();
    const text = '\u{1F600}'.repeat(8192); // 32 KB in UTF-8
    const ids: string[] = [];
    for (let number = 0; number < 60; number += 1)
      ids.push((await chat('owner').sendMessage.mutate({ roomId, text })).id);
    const newest = await chat('owner').history.query({ roomId, limit: 60 });
    expect(newest.messages.length).toBeLessThan(32);
    expect(newest.messages.length).toBeGreaterThan(25);
    expect([newest.messages.at(-1)?.id, newest.hasMoreBefore]).toEqual([ids.at(-1), true]);
    const listed = await chat('owner').listMessages.query({ roomId });
    expect(listed.map(({ id }) => id)).toEqual(newest.messages.map(({ id }) => id));
    const around = await chat('owner').history.query({ roomId, limit: 60, around: ids[30] ?? '' });
    const place = around.messages.findIndex(({ id }) => id === ids[30]);
    expect(Math.abs(place - around.messages.length / 2)).toBeLessThan(3);
    expect([around.hasMoreBefore, around.hasMoreAfter]).toEqual([true, true]);
  });
});

it('takes one place to look from, and no more', async () => {
  const { chat, roomId } = await startKept();
  const { history } = chat('owner');
  const calls = [{ before: '1-0', after: '1-0' }, { before: 'x' }, { limit: 0 }, { limit: 201 }];
  expect(await outcomes(calls.map((range) => history.query({ roomId, ...range })))).toEqual(
    calls.map(() => 'INVALID_INPUT'),
  );
});

it('continues live from where a page ended', async () => {
  const { chat, roomId, url, users, sayAll, say } = await startKept();
  await sayAll(3);
  const { position } = await chat('owner').history.query({ roomId, limit: 1 });
  await say('later');
  const following = liveClient({ url, token: users.owner.token }).room(roomId, position);
  await following.word('later');
  await say('latest');
  await following.word('latest');
  expect(following.words).toEqual(['later', 'latest']);
});

it('begins with the newest messages, and resumes without a gap however much was missed', async () => {
  const { roomId, url, users, sayAll } = await startKept({ roomMessages: { capacity: 2, ttlMs: 1000 } });
  const ids = await sayAll(5);
  const live = liveClient({ url, token: users.owner.token });
  const fresh = live.room(roomId);
  await fresh.word('4');
  expect(fresh.words).toEqual(['3', '4']);
  const resumed = live.room(roomId, ids[0]);
  await resumed.word('4');
  expect(resumed.words).toEqual(['1', '2', '3', '4']);
});

it('has everything after a restart, with higher ids although the clock is set back', async () => {
  const { roomId, clock, say, restart, users } = await startKept();
  const first = await say('before');
  clock.advance(-hourMs);
  const { client, url } = await restart();
  const sent = await client.chat.sendMessage.mutate({ roomId, text: 'after' });
  expect(compareMessageIds(first, sent.id)).toBeLessThan(0);
  const { messages } = await client.chat.history.query({ roomId });
  expect(messages.map(({ text }) => text)).toEqual(['before', 'after']);
  const { token } = users.owner;
  const following = liveClient({ url, token }).room(roomId, first);
  await following.word('after');
  expect(following.words).toEqual(['after']);
  await client.chat.sendMessage.mutate({ roomId, text: 'latest' });
  const resumed = liveClient({ url, token }).room(roomId, sent.id);
  await resumed.word('latest');
  expect(resumed.words).toEqual(['latest']);
  const owner = createMirageClient({ url, token });
  await owner.chat.markRead.mutate({ roomId, upTo: first });
  expect((await owner.chat.listJoinedRooms.query())[0]).toMatchObject({ unread: 2 });
});

it('tells of a gap after a position that this database never gave', async () => {
  const { chat, roomId, url, users, say, restart, clock } = await startKept();
  const id = await say('kept');
  const [, era] = /^(\d+-[a-z0-9]+)-/.exec((await chat('owner').history.query({ roomId })).position) ?? [];
  const live = liveClient({ url, token: users.owner.token });
  const now = clock();
  for (const position of [`999-abcdef-${id}`, `${era}-999999999999999-0`, '999999999999999-0']) {
    const following = live.room(roomId, position);
    await following.word('kept');
    expect([position, ...following.words]).toEqual([position, 'gap', 'kept']);
  }
  // What a restored backup does not have: ids between its newest one and the next start.
  clock.advance(1000);
  const lost = `${now + 500}-0`;
  const { url: again } = await restart();
  const token = users.owner.token;
  for (const position of [lost, `${era}-${lost}`]) {
    const following = liveClient({ url: again, token }).room(roomId, position);
    await following.word('kept');
    expect([position, ...following.words]).toEqual([position, 'gap', 'kept']);
  }
});

it('tells of that gap also when newer ids have passed the position, as the clock was set back', async () => {
  const { chat, roomId, users, say, restart, clock } = await startKept();
  const id = await say('kept');
  const [, era] = /^(\d+-[a-z0-9]+)-/.exec((await chat('owner').history.query({ roomId })).position) ?? [];
  const lost = `${clock() + 500}-0`;
  clock.advance(-hourMs);
  const { url, client } = await restart();
  clock.advance(2 * hourMs);
  await client.chat.sendMessage.mutate({ roomId, text: 'new' });
  const live = liveClient({ url, token: users.owner.token });
  const [ofTheLost, ofTheKept] = [live.room(roomId, `${era}-${lost}`), live.room(roomId, `${era}-${id}`)];
  await Promise.all([ofTheLost.word('new'), ofTheKept.word('new')]);
  expect([ofTheLost.words, ofTheKept.words]).toEqual([['gap', 'kept', 'new'], ['new']]);
});

it('leaves the order of ephemeral rooms to them', async () => {
  const { chat, say, clock } = await startKept();
  const { id: roomId } = await chat('owner').createRoom.mutate({ name: 'ephemeral' });
  await chat('member').joinRoom.mutate({ name: 'ephemeral' });
  clock.advance(hourMs);
  await say('ahead');
  clock.advance(-hourMs);
  await chat('owner').markRead.mutate({ roomId, upTo: '999999999999999-0' });
  await chat('member').sendMessage.mutate({ roomId, text: 'behind' });
  const rooms = await chat('owner').listJoinedRooms.query();
  expect(rooms.find(({ id }) => id === roomId)).toMatchObject({ unread: 1 });
});

it('gives legacy callers the newest messages, oldest first', async () => {
  const { rest, users, roomId, sayAll } = await startKept({ roomMessages: { capacity: 3, ttlMs: hourMs } });
  await sayAll(5);
  const { token } = users.member;
  await rest('POST', '/api/send_room_message', { token, room_id: roomId, message: 'old style' });
  const [status, answer] = await rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token });
  expect([
    status,
    (answer as { messages: { message: string }[] }).messages.map(({ message }) => message),
  ]).toEqual([200, ['3', '4', 'old style']]);
});

it('counts what is unread, and shows the last message', async () => {
  const { chat, roomId, sayAll } = await startKept();
  const ids = await sayAll(4);
  const state = async () => (await chat('owner').listJoinedRooms.query())[0];
  expect(await state()).toMatchObject({ history: 'kept', unread: 4, lastMessage: { id: ids[3], text: '3' } });
  expect(await chat('owner').markRead.mutate({ roomId, upTo: ids[1] ?? '' })).toMatchObject({ unread: 2 });
  expect(await chat('owner').markRead.mutate({ roomId, upTo: '999999999999999-0' })).toMatchObject({
    unread: 0,
  });
  await chat('member').sendMessage.mutate({ roomId, text: 'another' });
  expect(await state()).toMatchObject({ unread: 1 });
  await chat('stranger').joinRoom.mutate({ name: 'den' });
  expect((await chat('stranger').listJoinedRooms.query())[0]).toMatchObject({ unread: 0 });
});

it('stores a message once however often it is sent, across a restart', async () => {
  const { chat, roomId, restart, url, users } = await startKept();
  const draft = { roomId, text: 'once', clientId: 'a' };
  const first = await chat('member').sendMessage.mutate(draft);
  const sent = await Promise.all([1, 2, 3].map(() => chat('member').sendMessage.mutate(draft)));
  expect(sent).toEqual([first, first, first]);
  expect(await outcomes([chat('member').sendMessage.mutate({ ...draft, text: 'twice' })])).toEqual([
    'CLIENT_ID_REUSED',
  ]);
  const keyed = () =>
    fetch(`${url}/api/send_room_message`, {
      method: 'POST',
      headers: {
        authorization: users.member.token,
        'content-type': 'application/json',
        'idempotency-key': 'k',
      },
      body: JSON.stringify({ room_id: roomId, message: 'keyed' }),
    }).then(({ status }) => status);
  expect([await keyed(), await keyed()]).toEqual([200, 200]);
  const { client } = await restart();
  expect(await client.chat.sendMessage.mutate(draft)).toEqual(first);
  const { messages } = await client.chat.history.query({ roomId });
  expect(messages.map(({ text }) => text)).toEqual(['once', 'keyed']);
});

it('replies to any message of the room, and to none of another', async () => {
  const { chat, roomId, sayAll } = await startKept({ roomMessages: { capacity: 2, ttlMs: hourMs } });
  const [first = ''] = await sayAll(5);
  const { replyTo } = await chat('member').sendMessage.mutate({ roomId, text: 'yes', replyTo: first });
  expect(replyTo).toEqual({ id: first, sender: 'member', text: '0' });
  const { id: other } = await chat('member').createRoom.mutate({ name: 'other', history: 'kept' });
  const elsewhere = chat('member').sendMessage.mutate({ roomId: other, text: 'no', replyTo: first });
  expect(await outcomes([elsewhere])).toEqual(['MESSAGE_NOT_FOUND']);
});

it('expires messages as the owners say, and tells of it', async () => {
  const { chat, roomId, clock, say, history, askAll, url, users, deps } = await startKept();
  expect(await askAll((of) => of.updateRoom.mutate({ roomId, lifespanSeconds: 60 }))).toEqual(
    insiders('ok', 'ROLE_REQUIRED', 'ROLE_REQUIRED'),
  );
  const seen = await say('seen');
  await say('brief');
  clock.advance(60_000);
  await say('new');
  expect((await history()).texts).toBe('new');
  const following = liveClient({ url, token: users.owner.token }).room(roomId, seen);
  await following.word('new');
  expect(following.words).toEqual(['gap', 'new']);
  await deps.keptMessages.sweep();
  expect(await deps.db.keptMessage.count()).toBe(1);
  expect(await chat('owner').updateRoom.mutate({ roomId, lifespanSeconds: null })).toMatchObject({
    history: 'kept',
    lifespanSeconds: null,
  });
  clock.advance(20 * 24 * hourMs);
  expect((await history()).texts).toBe('new');
});

it('has no lifespan in rooms that are not kept', async () => {
  const { chat } = await startKept();
  const { id: roomId } = await chat('owner').createRoom.mutate({ name: 'brief' });
  for (const lifespanSeconds of [60, null])
    expect(await outcomes([chat('owner').updateRoom.mutate({ roomId, lifespanSeconds })])).toEqual([
      'ROOM_NOT_KEPT',
    ]);
});

it('deletes the messages with the room, whoever ends it', async () => {
  const { chat, roomId, sayAll, deps } = await startKept();
  await sayAll(3);
  const { id: other } = await chat('stranger').createRoom.mutate({ name: 'other', history: 'kept' });
  await chat('stranger').sendMessage.mutate({ roomId: other, text: 'hello' });
  await chat('owner').deleteRoom.mutate({ roomId });
  expect(await outcomes([chat('owner').history.query({ roomId })])).toEqual(['NOT_A_MEMBER']);
  await vi.waitFor(async () => expect(await deps.db.keptMessage.count()).toBe(1));
  await chat('stranger').leaveRoom.mutate({ roomId: other });
  await vi.waitFor(async () => expect(await deps.db.keptMessage.count()).toBe(0));
});

it('leaves no message behind that was sent while the room was deleted', async () => {
  const { chat, roomId, deps } = await startKept();
  let isDeleted = false;
  async function keepSending(person: 'member' | 'moderator') {
    for (let sent = 0; ; sent += 1) {
      const [outcome] = await outcomes([chat(person).sendMessage.mutate({ roomId, text: String(sent) })]);
      if (outcome !== 'ok') return [outcome, isDeleted];
    }
  }
  const senders = Array.from({ length: 20 }, (_, index) => keepSending(index % 2 ? 'member' : 'moderator'));
  await vi.waitFor(async () => expect(await deps.db.keptMessage.count()).toBeGreaterThan(50));
  isDeleted = true;
  await chat('owner').deleteRoom.mutate({ roomId });
  expect(await Promise.all(senders)).toEqual(senders.map(() => ['NOT_A_MEMBER', true]));
  await vi.waitFor(async () => expect(await deps.db.keptMessage.count()).toBe(0));
});

it('can be switched off for new rooms', async () => {
  const { user } = await startMirage({ keptRooms: { allowed: false, ttlMs: undefined } });
  const { client } = await user('ada');
  expect(await outcomes([client.chat.createRoom.mutate({ name: 'a', history: 'kept' })])).toEqual([
    'KEPT_ROOMS_OFF',
  ]);
  expect(await client.chat.createRoom.mutate({ name: 'a', history: 'ephemeral' })).toMatchObject({
    name: 'a',
  });
});

it('waits between messages where the room says so, but not for a repeat', async () => {
  const { chat, roomId } = await startKept();
  await chat('owner').updateRoom.mutate({ roomId, slowModeSeconds: 60 });
  const send = (clientId: string) => chat('member').sendMessage.mutate({ roomId, text: 'hi', clientId });
  const first = await send('a');
  expect(await outcomes([send('b')])).toEqual(['SLOW_MODE']);
  expect(await send('a')).toEqual(first);
});
