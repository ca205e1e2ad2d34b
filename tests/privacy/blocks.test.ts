import { describe, expect, it } from 'vitest';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal } from '../support/refusal.ts';
import { conversation, send, startWithRoommates, texts, type User } from './support.ts';

const block = ({ client }: User, username: string) => client.users.block.mutate({ username });
const unblock = ({ client }: User, username: string) => client.users.unblock.mutate({ username });
const counts = async ({ client }: User) => {
  const { total, unread, unreadConversations } = await client.inbox.countMessages.query();
  return { total, unread, unreadConversations };
};

it('lists whom one has blocked to oneself, and to nobody else', async () => {
  const { alice, bob, clock } = await startWithRoommates();
  const blockedAt = new Date(clock()).toISOString();
  expect(await block(alice, 'bob')).toEqual({ position: expect.any(String) });
  clock.advance(1000);
  await block(alice, 'carol');
  await block(alice, 'bob');
  const listed = await alice.client.users.listBlocked.query();
  expect(listed).toEqual([
    { username: 'carol', blockedAt: expect.any(String) },
    { username: 'bob', blockedAt },
  ]);
  expect(await bob.client.users.listBlocked.query()).toEqual([]);
  await unblock(alice, 'carol');
  await unblock(alice, 'carol');
  expect(await alice.client.users.listBlocked.query()).toHaveLength(1);
});

it('blocks neither strangers to this server nor oneself, and a thousand users at most', async () => {
  const { alice, deps } = await startWithRoommates();
  for (const call of [block, unblock])
    await expect(call(alice, 'nobody')).rejects.toMatchObject(refusal('USER_NOT_FOUND'));
  await expect(block(alice, 'alice')).rejects.toMatchObject(refusal('INVALID_INPUT'));
  const many = Array.from({ length: 999 }, (_, index) => ({ username: 'alice', blocked: `user${index}` }));
  await deps.db.userBlock.createMany({ data: many });
  await block(alice, 'bob');
  await block(alice, 'bob');
  await expect(block(alice, 'carol')).rejects.toMatchObject(refusal('BLOCK_LIMIT'));
  expect(await alice.client.users.listBlocked.query()).toHaveLength(1000);
});

describe('what a blocked user sends', () => {
  it('is kept from the other for good, and looks sent to its sender', async () => {
    const { alice, bob, carol, rest } = await startWithRoommates();
    await send(bob, 'alice', 'before');
    await block(alice, 'bob');
    const answer = await bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'withheld' });
    expect(answer).toMatchObject({ text: 'withheld', position: expect.any(String) });
    await send(carol, 'alice', 'of another');
    await send(alice, 'bob', 'the other way');

    const inboxOf = async ({ token }: User) => {
      const [, body] = await rest('GET', '/api/inbox', { token });
      // safe: as documented
      return (body as { messages: { message: string }[] }).messages.map(({ message }) => message);
    };
    const countOf = async ({ token }: User) => (await rest('GET', '/api/inbox_count', { token }))[1];
    const shown = async () => ({
      texts: await texts(alice),
      withBob: (await alice.client.inbox.listMessages.query({ with: 'bob' })).messages.length,
      counts: await counts(alice),
      legacy: await inboxOf(alice),
      legacyCount: await countOf(alice),
      last: (await conversation(alice, 'bob'))?.lastMessage?.text,
    });
    const without = {
      texts: ['the other way', 'of another', 'before'],
      withBob: 2,
      counts: { total: 3, unread: 2, unreadConversations: 2 },
      legacy: ['the other way', 'of another', 'before'],
      legacyCount: { inbox_count: 3 },
      last: 'the other way',
    };
    expect(await shown()).toEqual(without);
    expect(await texts(bob)).toEqual(['the other way', 'withheld', 'before']);
    expect(await inboxOf(bob)).toEqual(['the other way', 'withheld', 'before']);
    expect(await countOf(bob)).toEqual({ inbox_count: 3 });

    await unblock(alice, 'bob');
    expect(await shown()).toEqual(without);
    await send(bob, 'alice', 'after');
    expect(await texts(alice)).toEqual(['after', 'the other way', 'of another', 'before']);
  });

  it('makes no conversation, and is out of reach by its id', async () => {
    const { alice, bob } = await startWithRoommates();
    await block(alice, 'bob');
    const id = await send(bob, 'alice', 'withheld');
    expect((await alice.client.inbox.listConversations.query()).conversations).toEqual([]);
    for (const call of [
      () => alice.client.inbox.react.mutate({ id, emoji: '👍' }),
      () => alice.client.inbox.deleteMessage.mutate({ id }),
      () => alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'x', replyTo: id }),
    ])
      await expect(call()).rejects.toMatchObject(refusal('MESSAGE_NOT_FOUND'));
    await unblock(alice, 'bob');
    await bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'reply', replyTo: id });
    expect((await alice.client.inbox.listMessages.query()).messages).toMatchObject([
      { text: 'reply', replyTo: { id, deleted: true } },
    ]);
    expect(await bob.client.inbox.editMessage.mutate({ id, text: 'changed' })).toMatchObject({
      text: 'changed',
    });
    expect(await texts(alice)).toEqual(['reply']);
    await bob.client.inbox.deleteMessage.mutate({ id });
    expect(await texts(bob)).toEqual(['reply']);
  });

  it('is refused where the other takes no messages anyway', async () => {
    const { alice, bob } = await startWithRoommates();
    await alice.client.users.updatePrivacy.mutate({ whoMayWrite: 'nobody' });
    await block(alice, 'bob');
    await expect(send(bob, 'alice', 'x')).rejects.toMatchObject(refusal('RECIPIENT_UNAVAILABLE'));
  });

  it('is not told by edits and reactions either', async () => {
    const { alice, bob, url } = await startWithRoommates();
    const ids = [await send(bob, 'alice', 'edited later'), await send(bob, 'alice', 'stays')];
    await bob.client.inbox.react.mutate({ id: ids[1] ?? 0, emoji: '👍' });
    await block(alice, 'bob');
    await send(alice, 'alice', 'a subscription begins after the newest message');
    const stream = liveClient({ url, token: alice.token }).inbox();
    await stream.count(1);
    const [edited = 0, stays = 0] = ids;

    expect(await bob.client.inbox.editMessage.mutate({ id: edited, text: 'insult' })).toMatchObject({
      text: 'insult',
    });
    expect(await bob.client.inbox.react.mutate({ id: stays, emoji: '💩' })).toMatchObject({
      reactions: [
        { emoji: '👍', users: ['bob'] },
        { emoji: '💩', users: ['bob'] },
      ],
    });
    expect(await alice.client.inbox.react.mutate({ id: stays, emoji: '💩' })).toMatchObject({
      reactions: [
        { emoji: '👍', users: ['bob'] },
        { emoji: '💩', users: ['alice'] },
      ],
    });
    await bob.client.inbox.unreact.mutate({ id: stays, emoji: '👍' });
    await stream.count(4);
    expect(stream.events.slice(1).map((event) => (event as { data: object }).data)).toEqual([
      { type: 'deleted', id: edited, with: 'bob' },
      {
        type: 'reaction',
        id: stays,
        with: 'bob',
        reactions: [expect.anything(), { emoji: '💩', users: ['alice'] }],
      },
      { type: 'reaction', id: stays, with: 'bob', reactions: [{ emoji: '💩', users: ['alice'] }] },
    ]);
    expect(await counts(alice)).toEqual({ total: 2, unread: 1, unreadConversations: 1 });
    await unblock(alice, 'bob');
    expect((await alice.client.inbox.listMessages.query({ with: 'bob' })).messages).toMatchObject([
      { text: 'stays', reactions: [{ emoji: '💩', users: ['alice'] }] },
    ]);
    expect((await bob.client.inbox.listMessages.query()).messages).toMatchObject([
      { text: 'stays', reactions: [{ emoji: '💩', users: ['bob', 'alice'] }] },
      { text: 'insult' },
    ]);
    await bob.client.inbox.unreact.mutate({ id: stays, emoji: '💩' });
    expect((await bob.client.inbox.listMessages.query()).messages).toMatchObject([
      { reactions: [{ emoji: '💩', users: ['alice'] }] },
      {},
    ]);
  });
});

describe.each(transports)('a block, over %s', (transport) => {
  it('is told to the own sessions alone, and nothing of the blocked to them', async () => {
    const { alice, bob, url } = await startWithRoommates();
    const open = ({ token }: User, from?: string) => liveClient({ url, token, transport }).inbox(from);
    const [own, other] = [open(alice), open(bob)];
    await Promise.all([own.count(1), other.count(1)]);
    const first = (own.events[0] as { id: string }).id;

    await block(alice, 'bob');
    await bob.client.inbox.setTyping.mutate({ to: 'alice', isTyping: true });
    await alice.client.inbox.setTyping.mutate({ to: 'bob', isTyping: true });
    await send(bob, 'alice', 'withheld');
    await unblock(alice, 'bob');
    await send(bob, 'alice', 'heard');
    await Promise.all([own.word('heard'), other.word('heard')]);

    const told = [
      { type: 'conversation', with: 'bob', mutedUntil: null, cleared: false },
      { type: 'conversation', with: 'bob', mutedUntil: null, isBlocked: false, cleared: false },
      { type: 'message', message: { text: 'heard' } },
    ];
    const data = (stream: typeof own) =>
      stream.events.slice(1).map((event) => (event as { data: object }).data);
    expect(data(own)).toMatchObject(told);
    expect(data(own)).toHaveLength(3);
    expect(other.words).toEqual(['withheld', 'heard']);
    expect(data(other)).not.toContainEqual(expect.objectContaining({ type: 'conversation' }));

    // Nor is it caught up on, however long one was away.
    const back = open(alice, first);
    await back.word('heard');
    expect(back.words).toEqual(['conversation', 'conversation', 'heard']);
  });

  it('keeps read marks from crossing, and does not show by that', async () => {
    const { alice, bob, url } = await startWithRoommates();
    const ofBob = [await send(bob, 'alice', '1'), await send(bob, 'alice', '2')];
    const ofAlice = await send(alice, 'bob', '3');
    await alice.client.inbox.markRead.mutate({ with: 'bob', upTo: ofBob[0] ?? 0 });
    const streams = [alice, bob].map(({ token }) => liveClient({ url, token, transport }).inbox());
    for (const stream of streams) await stream.count(1);
    const marks = async () => [
      (await conversation(bob, 'alice'))?.peerReadUpTo,
      (await conversation(alice, 'bob'))?.peerReadUpTo,
    ];
    const read = async ({ client, username }: User) =>
      (await client.inbox.listMessages.query()).messages
        .filter(({ sender, read }) => sender === username && read)
        .map(({ text }) => text);

    await block(alice, 'bob');
    await alice.client.inbox.markAllRead.mutate();
    await bob.client.inbox.markRead.mutate({ with: 'alice', upTo: ofAlice });
    expect(await marks()).toEqual([ofBob[0], 0]);
    expect([await read(bob), await read(alice)]).toEqual([['1'], []]);
    expect(await conversation(alice, 'bob')).toMatchObject({ unread: 0, isBlocked: true });
    expect(await conversation(bob, 'alice')).toMatchObject({ unread: 0, isBlocked: false });

    await unblock(alice, 'bob');
    expect(await marks()).toEqual([ofAlice, ofAlice]);
    await streams[0]?.word(`bob read ${ofAlice}`);
    await streams[1]?.word(`alice read ${ofAlice}`);
    expect(streams[1]?.words).toEqual([
      `alice read ${ofBob[0]}`,
      `bob read ${ofAlice}`,
      `alice read ${ofAlice}`,
    ]);
  });
});

it('stays in force until both have unblocked each other', async () => {
  const { alice, bob } = await startWithRoommates();
  const id = await send(bob, 'alice', 'before');
  await block(alice, 'bob');
  await block(bob, 'alice');
  await alice.client.inbox.markAllRead.mutate();
  await unblock(alice, 'bob');
  expect(await conversation(bob, 'alice')).toMatchObject({ peerReadUpTo: 0, isBlocked: true });
  await send(bob, 'alice', 'heard');
  await send(alice, 'bob', 'not heard');
  expect(await texts(alice)).toEqual(['not heard', 'heard', 'before']);
  expect(await texts(bob)).toEqual(['heard', 'before']);
  await unblock(bob, 'alice');
  expect(await conversation(bob, 'alice')).toMatchObject({ peerReadUpTo: id });
});

it('leaves messages to rooms alone', async () => {
  const { alice, bob, vaultId } = await startWithRoommates();
  await block(alice, 'bob');
  await bob.client.chat.sendMessage.mutate({ roomId: vaultId, text: 'to all' });
  const messages = await alice.client.chat.listMessages.query({ roomId: vaultId });
  expect(messages.map(({ text }) => text)).toEqual(['to all']);
});

it('is known to every send that begins once it has been answered', async () => {
  const { alice, bob } = await startWithRoommates();
  for (let round = 0; round < 10; round += 1) {
    const racing = Array.from({ length: 5 }, () => send(bob, 'alice', 'racing'));
    await block(alice, 'bob');
    await Promise.all([...racing, ...Array.from({ length: 5 }, () => send(bob, 'alice', 'too late'))]);
    await unblock(alice, 'bob');
  }
  expect(await texts(alice)).not.toContain('too late');
});
