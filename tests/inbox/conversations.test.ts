import { expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';

async function startWithThree() {
  const mirage = await startMirage();
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((name) => mirage.user(name)));
  if (!alice || !bob || !carol) throw new Error('three users were asked for');
  return { ...mirage, alice, bob, carol };
}

type User = Awaited<ReturnType<typeof startWithThree>>['alice'];

const send = async ({ client }: User, recipient: string, text: string) =>
  (await client.inbox.sendMessage.mutate({ recipient, text })).id;

const listed = async (
  { client }: User,
  input: Parameters<User['client']['inbox']['listConversations']['query']>[0] = {},
) => (await client.inbox.listConversations.query(input)).conversations;

it('lists conversations by newest message, from the point of view of the caller', async () => {
  const { alice, bob, carol } = await startWithThree();
  const first = await send(alice, 'bob', 'hello bob');
  const second = await send(carol, 'alice', 'x'.repeat(200));
  const note = await send(alice, 'alice', 'buy milk');

  expect(await listed(alice)).toEqual([
    {
      peer: { username: 'alice', avatarUrl: null },
      lastMessage: { id: note, sender: 'alice', text: 'buy milk', createdAt: expect.any(String) },
      unread: 0,
      readUpTo: 0,
      peerReadUpTo: 0,
      mutedUntil: null,
      isBlocked: false,
    },
    expect.objectContaining({
      peer: { username: 'carol', avatarUrl: null },
      lastMessage: expect.objectContaining({ id: second, text: 'x'.repeat(140) }),
      unread: 1,
    }),
    expect.objectContaining({ peer: { username: 'bob', avatarUrl: null }, unread: 0 }),
  ]);
  expect(await listed(bob)).toMatchObject([
    { peer: { username: 'alice' }, unread: 1, lastMessage: { id: first } },
  ]);
  expect(await listed(alice, { unreadOnly: true })).toMatchObject([{ peer: { username: 'carol' } }]);
});

it('gives a single conversation, also one that is only muted, and none of other users', async () => {
  const { alice, bob, carol } = await startWithThree();
  await send(bob, 'alice', 'older');
  await send(carol, 'alice', 'newer');
  await bob.client.inbox.mute.mutate({ with: 'carol' });
  expect(await listed(alice, { with: 'bob', limit: 1 })).toEqual([
    expect.objectContaining({ peer: { username: 'bob', avatarUrl: null }, unread: 1 }),
  ]);
  expect(await listed(bob, { with: 'carol' })).toEqual([
    expect.objectContaining({ lastMessage: null, mutedUntil: expect.any(String) }),
  ]);
  expect(await listed(carol, { with: 'bob' })).toEqual([]);
  expect(await listed(alice, { with: 'bob', unreadOnly: true })).toHaveLength(1);
  expect(await listed(bob, { with: 'alice', unreadOnly: true })).toEqual([]);
});

it('marks one conversation as read, and tells the peer', async () => {
  const { alice, bob, carol } = await startWithThree();
  const ids = [await send(bob, 'alice', '1'), await send(bob, 'alice', '2'), await send(carol, 'alice', '3')];

  expect(await alice.client.inbox.markRead.mutate({ with: 'bob', upTo: ids[0] ?? 0 })).toMatchObject({
    total: 3,
    unread: 2,
    unreadConversations: 2,
  });
  expect(await listed(bob)).toMatchObject([{ peerReadUpTo: ids[0] }]);
  // Forward only, and not past what there is.
  await alice.client.inbox.markRead.mutate({ with: 'bob', upTo: 2_000_000 });
  await alice.client.inbox.markRead.mutate({ with: 'bob', upTo: 1 });
  expect(await listed(bob)).toMatchObject([{ peerReadUpTo: ids[1] }]);
  expect(await listed(carol)).toMatchObject([{ peerReadUpTo: 0 }]);
  expect(await alice.client.inbox.markAllRead.mutate()).toMatchObject({ unread: 0, unreadConversations: 0 });
  expect(await listed(carol)).toMatchObject([{ peerReadUpTo: ids[2] }]);
});

it('pages through conversations without gaps or repeats while messages arrive and are deleted', async () => {
  const mirage = await startMirage();
  const ada = await mirage.user('ada');
  const peers = Array.from({ length: 12 }, (_, index) => `peer${index}`);
  await mirage.deps.db.user.createMany({
    data: peers.map((username) => ({ username, email: username, password: '' })),
  });
  const ids: number[] = [];
  for (const peer of peers) ids.push(await send(ada, peer, 'hi'));

  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { conversations: { peer: { username: string } }[]; nextCursor: string | null } =
      await ada.client.inbox.listConversations.query({ limit: 3, cursor });
    seen.push(...page.conversations.map(({ peer }) => peer.username));
    cursor = page.nextCursor;
    // One that was listed and one that was not move to the top, and the last message of another goes.
    if (seen.length === 3) {
      await send(ada, 'peer11', 'again');
      await send(ada, 'peer2', 'again');
      await ada.client.inbox.deleteMessage.mutate({ id: ids[5] ?? 0 });
      await send(ada, 'peer4', 'moved, and what was there before is gone');
      await ada.client.inbox.deleteMessage.mutate({ id: ids[4] ?? 0 });
    }
  } while (cursor !== null);
  expect(seen).toEqual(peers.toReversed());
});

it('lets only the sender edit a message, within the edit window', async () => {
  const { alice, bob, carol, clock } = await startWithThree();
  const id = await send(alice, 'bob', 'hallo');
  const edited = await alice.client.inbox.editMessage.mutate({ id, text: 'hello' });
  expect(edited).toMatchObject({
    id,
    text: 'hello',
    editedAt: expect.any(String),
    position: expect.any(String),
  });
  expect((await bob.client.inbox.listMessages.query()).messages).toMatchObject([{ text: 'hello' }]);

  const edit = (user: User) => user.client.inbox.editMessage.mutate({ id, text: 'taken over' });
  await expect(edit(bob)).rejects.toMatchObject({ data: { reason: 'NOT_THE_SENDER', httpStatus: 403 } });
  await expect(edit(carol)).rejects.toMatchObject({ data: { reason: 'MESSAGE_NOT_FOUND', httpStatus: 404 } });
  clock.advance(86_400_000);
  await expect(edit(alice)).rejects.toMatchObject({ data: { reason: 'EDIT_WINDOW_OVER', httpStatus: 403 } });
});

it('deletes a message for the caller or for both sides', async () => {
  const { alice, bob, carol } = await startWithThree();
  const [first, second] = [await send(alice, 'bob', 'one'), await send(alice, 'bob', 'two')];
  const texts = async ({ client }: User) =>
    (await client.inbox.listMessages.query()).messages.map(({ text }) => text);

  await expect(carol.client.inbox.deleteMessage.mutate({ id: first, scope: 'me' })).rejects.toMatchObject({
    data: { reason: 'MESSAGE_NOT_FOUND' },
  });
  await bob.client.inbox.deleteMessage.mutate({ id: second, scope: 'me' });
  expect([await texts(alice), await texts(bob)]).toEqual([['two', 'one'], ['one']]);
  expect(await listed(bob)).toMatchObject([{ lastMessage: { id: first }, unread: 1 }]);
  await expect(bob.client.inbox.deleteMessage.mutate({ id: second })).rejects.toMatchObject({
    data: { reason: 'MESSAGE_NOT_FOUND' },
  });
  await alice.client.inbox.deleteMessage.mutate({ id: first });
  expect([await texts(alice), await texts(bob)]).toEqual([['two'], []]);
  expect(await listed(bob)).toMatchObject([{ lastMessage: null, unread: 0 }]);
});

it('clears a conversation for the caller, and deletes messages that both sides have cleared', async () => {
  const { alice, bob, deps } = await startWithThree();
  await send(alice, 'bob', 'one');
  await send(bob, 'alice', 'two');
  await alice.client.inbox.clearConversation.mutate({ with: 'bob' });
  const next = await send(bob, 'alice', 'three');
  expect((await alice.client.inbox.listMessages.query()).messages).toMatchObject([{ text: 'three' }]);
  expect(await listed(alice)).toMatchObject([{ unread: 1, lastMessage: { id: next } }]);
  expect(await alice.client.inbox.countMessages.query()).toMatchObject({ total: 1, unread: 1 });
  expect((await bob.client.inbox.listMessages.query()).messages).toHaveLength(3);
  await bob.client.inbox.clearConversation.mutate({ with: 'alice' });
  expect(await deps.db.inboxMessage.findMany({ select: { text: true } })).toEqual([{ text: 'three' }]);
});

it('deletes messages that one side has cleared and the other has deleted for itself', async () => {
  const { alice, bob, deps } = await startWithThree();
  const one = await send(alice, 'bob', 'one');
  const two = await send(bob, 'alice', 'two');
  await send(bob, 'alice', 'three');
  await bob.client.inbox.deleteMessage.mutate({ id: one, scope: 'me' });
  await alice.client.inbox.deleteMessage.mutate({ id: two, scope: 'me' });
  const left = async () =>
    (await deps.db.inboxMessage.findMany({ select: { text: true }, orderBy: { id: 'asc' } })).map(
      ({ text }) => text,
    );
  expect(await left()).toEqual(['one', 'two', 'three']);
  await alice.client.inbox.clearConversation.mutate({ with: 'bob' });
  expect(await left()).toEqual(['two', 'three']);
  expect((await bob.client.inbox.listMessages.query()).messages).toMatchObject([
    { text: 'three' },
    { text: 'two' },
  ]);
  await bob.client.inbox.deleteMessage.mutate({ id: two, scope: 'me' });
  expect(await left()).toEqual(['three']);
  expect(await bob.client.inbox.countMessages.query()).toMatchObject({ total: 1, unread: 0 });
  expect(await alice.client.inbox.countMessages.query()).toMatchObject({ total: 0, unread: 0 });
});

it('adds and removes reactions', async () => {
  const { alice, bob, carol } = await startWithThree();
  const id = await send(alice, 'bob', 'news');
  await bob.client.inbox.react.mutate({ id, emoji: '👍🏽' });
  await bob.client.inbox.react.mutate({ id, emoji: '👍🏽' });
  expect(await alice.client.inbox.react.mutate({ id, emoji: '👍🏽' })).toMatchObject({
    reactions: [{ emoji: '👍🏽', users: ['bob', 'alice'] }],
  });
  expect(await bob.client.inbox.unreact.mutate({ id, emoji: '👍🏽' })).toMatchObject({
    reactions: [{ emoji: '👍🏽', users: ['alice'] }],
  });
  await expect(carol.client.inbox.react.mutate({ id, emoji: '👍' })).rejects.toMatchObject({
    data: { reason: 'MESSAGE_NOT_FOUND' },
  });
  for (const emoji of ['', 'a', '👍👍', '☝️x'])
    await expect(bob.client.inbox.react.mutate({ id, emoji })).rejects.toMatchObject({
      data: { reason: 'INVALID_INPUT' },
    });
  for (const emoji of ['😀', '😁', '😂', '😃', '😄', '😅', '👨‍👩‍👧', '🇩🇪'])
    await bob.client.inbox.react.mutate({ id, emoji });
  await expect(bob.client.inbox.react.mutate({ id, emoji: '🎉' })).rejects.toMatchObject({
    data: { reason: 'TOO_MANY_REACTIONS' },
  });
});

it('replies to a message of the same conversation', async () => {
  const { alice, bob, carol } = await startWithThree();
  const id = await send(alice, 'bob', 'question');
  const other = await send(alice, 'carol', 'secret');
  const reply = await bob.client.inbox.sendMessage.mutate({
    recipient: 'alice',
    text: 'answer',
    replyTo: id,
  });
  expect(reply).toMatchObject({ replyTo: { id, sender: 'alice', text: 'question' } });
  for (const [user, recipient] of [
    [bob, 'alice'],
    [carol, 'bob'],
  ] as const)
    await expect(
      user.client.inbox.sendMessage.mutate({ recipient, text: 'x', replyTo: other }),
    ).rejects.toMatchObject({ data: { reason: 'MESSAGE_NOT_FOUND' } });
  await alice.client.inbox.deleteMessage.mutate({ id });
  expect((await alice.client.inbox.listMessages.query({ with: 'bob' })).messages).toMatchObject([
    { replyTo: { id, deleted: true } },
  ]);
});

it('mutes a conversation until it is unmuted', async () => {
  const { alice, bob } = await startWithThree();
  await send(bob, 'alice', 'hi');
  const until = '2030-01-01T00:00:00.000Z';
  expect(await alice.client.inbox.mute.mutate({ with: 'bob', until })).toMatchObject({ mutedUntil: until });
  expect(await listed(alice)).toMatchObject([{ mutedUntil: until, unread: 1 }]);
  await alice.client.inbox.unmute.mutate({ with: 'bob' });
  expect(await listed(alice)).toMatchObject([{ mutedUntil: null }]);
  for (const other of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-14:00'])
    await expect(alice.client.inbox.mute.mutate({ with: 'bob', until: other })).rejects.toMatchObject({
      data: { reason: 'INVALID_INPUT' },
    });
  await expect(alice.client.inbox.mute.mutate({ with: 'nobody' })).rejects.toMatchObject({
    data: { reason: 'USER_NOT_FOUND' },
  });
});

it('stores a message once per clientId, however often it is sent', async () => {
  const { alice, bob, carol, clock, deps } = await startWithThree();
  const ask = (text = 'once', recipient = 'bob') =>
    alice.client.inbox.sendMessage.mutate({ recipient, text, clientId: 'first' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  expect(await ask()).toMatchObject({ id: answers[0]?.id, text: 'once', clientId: 'first' });
  expect((await bob.client.inbox.listMessages.query()).messages).toHaveLength(1);
  // The client id is the sender's own: others neither see it nor are held up by it.
  expect((await bob.client.inbox.listMessages.query()).messages[0]).not.toHaveProperty('clientId');
  await carol.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'mine', clientId: 'first' });
  for (const other of [() => ask('another'), () => ask('once', 'carol')])
    await expect(other()).rejects.toMatchObject({ data: { reason: 'CLIENT_ID_REUSED', httpStatus: 409 } });

  const id = answers[0]?.id ?? 0;
  await alice.client.inbox.editMessage.mutate({ id, text: 'twice' });
  expect(await ask()).toMatchObject({ id, text: 'twice' });
  await bob.client.inbox.deleteMessage.mutate({ id });
  expect(await ask()).toMatchObject({ id, deleted: true });
  expect(await deps.db.inboxDeletedKey.count()).toBe(1);
  clock.advance(7 * 86_400_000);
  expect((await ask()).id).toBeGreaterThan(id);
});

it('delivers all changes made while a session was disconnected, in order', async () => {
  const { alice, bob, url } = await startWithThree();
  const away = liveClient({ url, token: alice.token });
  const first = await send(bob, 'alice', 'one');
  const second = await send(bob, 'alice', 'two');
  const stream = away.inbox();
  await stream.count(1);
  const position = (stream.events[0] as { id: string }).id;
  stream.stop();

  await bob.client.inbox.editMessage.mutate({ id: first, text: 'one!' });
  const third = await send(bob, 'alice', 'three');
  await alice.client.inbox.react.mutate({ id: third, emoji: '🎉' });
  await bob.client.inbox.deleteMessage.mutate({ id: second });
  await alice.client.inbox.markRead.mutate({ with: 'bob', upTo: third });
  await alice.client.inbox.mute.mutate({ with: 'bob' });
  const back = away.inbox(position);
  await back.count(7);
  expect(back.events.map((event) => (event as { data: { type: string } }).data)).toMatchObject([
    { type: 'position' },
    { type: 'edited', message: { id: first, text: 'one!' } },
    { type: 'message', message: { id: third } },
    { type: 'reaction', id: third, with: 'bob', reactions: [{ emoji: '🎉', users: ['alice'] }] },
    { type: 'deleted', id: second, with: 'bob' },
    { type: 'read', reader: 'alice', with: 'bob', upTo: third },
    { type: 'conversation', with: 'bob', isBlocked: false, cleared: false },
  ]);
});

it('reports a gap for unknown and for expired positions', async () => {
  const { alice, bob, url, deps, clock } = await startWithThree();
  const id = await send(bob, 'alice', 'one');
  const { position } = await bob.client.inbox.editMessage.mutate({ id, text: 'two' });
  const first = async (lastEventId: string) => {
    const stream = liveClient({ url, token: alice.token }).inbox(lastEventId);
    await stream.count(1);
    stream.stop();
    return (stream.events[0] as { data: { type: string } }).data.type;
  };
  expect(await first(position)).toBe('position');
  expect(await first(String(id))).toBe('position');
  const [era = '', name = '', change, message] = position.split('-');
  for (const unknown of [
    `${era}-${name}-${Number(change) + 10}-${message}`,
    `${era}-${name}-${change}-${Number(message) + 10}`,
    `${era}-other-${change}-${message}`,
    String(id + 10),
    'nonsense',
  ])
    expect(await first(unknown), unknown).toBe('gap');
  expect(deps.config.changesKeptMs).toBe(30 * 86_400_000);
  clock.advance(1);
});

it('shows typing to the peer only', async () => {
  const { alice, bob, carol, url } = await startWithThree();
  const streams = [alice, carol].map(({ token }) => liveClient({ url, token }).inbox());
  for (const stream of streams) await stream.count(1);
  await bob.client.inbox.setTyping.mutate({ to: 'alice', isTyping: true });
  await streams[0]?.count(2);
  expect(streams[0]?.events[1]).toMatchObject({ type: 'typing', from: 'bob', isTyping: true });
  expect(streams[1]?.events).toHaveLength(1);
});

it('refuses every call without a session', async () => {
  const { url } = await startMirage();
  const { inbox } = createMirageClient({ url });
  for (const call of [
    () => inbox.listConversations.query(),
    () => inbox.editMessage.mutate({ id: 1, text: 'x' }),
    () => inbox.clearConversation.mutate({ with: 'x' }),
    () => inbox.react.mutate({ id: 1, emoji: '👍' }),
    () => inbox.markAllRead.mutate(),
  ])
    await expect(call()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED', httpStatus: 401 } });
});
