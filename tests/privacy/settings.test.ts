import { describe, expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { outcomes, refusal, tally } from '../support/refusal.ts';
import { conversation, send, startWithRoommates, texts, type User } from './support.ts';

const everything = { whoMayWrite: 'everyone', readReceipts: true, presence: 'everyone', findable: true };

it('lets everybody write, see and find a user who has chosen nothing', async () => {
  const { user } = await startMirage();
  const alice = await user('alice');
  expect(await alice.client.users.getPrivacy.query()).toEqual(everything);
});

it('changes what is given of the own settings, and leaves the rest', async () => {
  const { user } = await startMirage();
  const [alice, bob] = [await user('alice'), await user('bob')];
  const update = alice.client.users.updatePrivacy.mutate;
  expect(await update({ whoMayWrite: 'nobody' })).toEqual({ ...everything, whoMayWrite: 'nobody' });
  const changed = { ...everything, whoMayWrite: 'nobody', findable: false } as const;
  expect(await update({ findable: false })).toEqual(changed);
  expect(await update({})).toEqual(changed);
  expect(await alice.client.users.getPrivacy.query()).toEqual(changed);
  expect(await bob.client.users.getPrivacy.query()).toEqual(everything);
  // safe: what the types forbid is what is tried
  await expect(update({ whoMayWrite: 'friends' as 'nobody' })).rejects.toMatchObject(
    refusal('INVALID_INPUT'),
  );
});

it('refuses settings to whoever is not logged in, and too many changes', async () => {
  const { client, user } = await startMirage({ rateLimit: true });
  const stranger = client().users;
  expect(
    await outcomes([
      stranger.getPrivacy.query(),
      stranger.updatePrivacy.mutate({ findable: false }),
      stranger.block.mutate({ username: 'alice' }),
      stranger.unblock.mutate({ username: 'alice' }),
      stranger.listBlocked.query(),
      stranger.search.query({ prefix: 'a' }),
    ]),
  ).toEqual(new Array(6).fill('UNAUTHORIZED'));
  const alice = await user('alice');
  const changes = Array.from({ length: 121 }, () => alice.client.users.updatePrivacy.mutate({}));
  expect(await tally(changes)).toEqual({ ok: 120, TOO_MANY_REQUESTS: 1 });
});

describe('who may write', () => {
  const write = ({ client }: User) => client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hi' });

  it('roommates and oneself, but not strangers, who share public rooms at most', async () => {
    const { alice, bob, carol } = await startWithRoommates();
    await alice.client.chat.createRoom.mutate({ name: 'general' });
    await carol.client.chat.joinRoom.mutate({ name: 'general' });
    await alice.client.users.updatePrivacy.mutate({ whoMayWrite: 'roommates' });
    expect(await outcomes([write(alice), write(bob), write(carol)])).toEqual([
      'ok',
      'ok',
      'RECIPIENT_UNAVAILABLE',
    ]);
    expect(await texts(alice)).toEqual(['hi', 'hi']);
    expect(await texts(carol)).toEqual([]);
    expect(await conversation(carol, 'alice')).toBeUndefined();
  });

  it('no roommate any more who has left, or whose room is gone', async () => {
    const { alice, bob, carol, vault, vaultId } = await startWithRoommates();
    await carol.client.chat.joinRoom.mutate(vault);
    await alice.client.users.updatePrivacy.mutate({ whoMayWrite: 'roommates' });
    await bob.client.chat.leaveRoom.mutate({ roomId: vaultId });
    expect(await outcomes([write(bob), write(carol)])).toEqual(['RECIPIENT_UNAVAILABLE', 'ok']);
    await alice.client.chat.deleteRoom.mutate({ roomId: vaultId });
    await expect(write(carol)).rejects.toMatchObject({
      data: { reason: 'RECIPIENT_UNAVAILABLE', httpStatus: 403 },
    });
  });

  it('nobody but oneself, who still writes to others', async () => {
    const { alice, bob } = await startWithRoommates();
    await alice.client.users.updatePrivacy.mutate({ whoMayWrite: 'nobody' });
    expect(await outcomes([write(alice), write(bob)])).toEqual(['ok', 'RECIPIENT_UNAVAILABLE']);
    await send(alice, 'bob', 'I may');
    expect(await texts(bob)).toEqual(['I may']);
  });

  it('gives each of the messages that are sent together its own answer', async () => {
    const { alice, bob, carol } = await startWithRoommates();
    await alice.client.users.updatePrivacy.mutate({ whoMayWrite: 'roommates' });
    const sent = [
      write(carol),
      write(bob),
      carol.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'to bob' }),
      write(carol),
      carol.client.inbox.sendMessage.mutate({ recipient: 'nobody', text: 'x' }),
      bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'again' }),
    ];
    expect(await outcomes(sent)).toEqual([
      'RECIPIENT_UNAVAILABLE',
      'ok',
      'ok',
      'RECIPIENT_UNAVAILABLE',
      'RECIPIENT_NOT_FOUND',
      'ok',
    ]);
    const { messages } = await bob.client.inbox.listMessages.query();
    const ids = new Map(messages.map(({ text, id }) => [text, id]));
    expect(await sent[1]).toMatchObject({ id: ids.get('hi') });
    expect(await sent[2]).toMatchObject({ id: ids.get('to bob') });
    expect(await sent[5]).toMatchObject({ id: ids.get('again') });
  });

  it('answers legacy callers to the letter as if there were no such user', async () => {
    const { alice, carol, rest } = await startWithRoommates();
    await alice.client.users.updatePrivacy.mutate({ whoMayWrite: 'nobody' });
    const sendTo = (recipient: string) =>
      rest('POST', '/api/send_inbox_message', { token: carol.token, recipient, message: 'hi' });
    expect(await sendTo('alice')).toEqual(await sendTo('nobody at all'));
    expect(await sendTo('alice')).toEqual([
      404,
      { error: 'recipient not found', erorr: 'recipient not found' },
    ]);
    expect(await rest('GET', '/api/inbox_count', { token: carol.token })).toEqual([200, { inbox_count: 0 }]);
  });

  it('shows nobody as typing who may not write', async () => {
    const { alice, bob, carol, url } = await startWithRoommates();
    await alice.client.users.updatePrivacy.mutate({ whoMayWrite: 'roommates' });
    const stream = liveClient({ url, token: alice.token }).inbox();
    await stream.count(1);
    await carol.client.inbox.setTyping.mutate({ to: 'alice', isTyping: true });
    await bob.client.inbox.setTyping.mutate({ to: 'alice', isTyping: true });
    await stream.count(2);
    expect(stream.events.slice(1)).toEqual([{ type: 'typing', from: 'bob', isTyping: true }]);
  });
});

describe.each(transports)('without read receipts, over %s', (transport) => {
  it('tells a mark to the own sessions alone', async () => {
    const { alice, bob, url } = await startWithRoommates();
    await alice.client.users.updatePrivacy.mutate({ readReceipts: false });
    const id = await send(bob, 'alice', 'seen?');
    const open = ({ token }: User) => liveClient({ url, token, transport }).inbox();
    const [own, other] = [open(alice), open(bob)];
    await Promise.all([own.count(1), other.count(1)]);

    await alice.client.inbox.markRead.mutate({ with: 'bob', upTo: id });
    await send(alice, 'bob', 'answer');
    await Promise.all([own.word('answer'), other.word('answer')]);

    expect(own.words).toEqual([`alice read ${id}`, 'answer']);
    expect(other.words).toEqual(['answer']);
    expect(await conversation(bob, 'alice')).toMatchObject({ peerReadUpTo: null });
    expect(await conversation(alice, 'bob')).toMatchObject({ readUpTo: id, peerReadUpTo: 0, unread: 0 });
    const read = async ({ client }: User) =>
      (await client.inbox.listMessages.query()).messages.find((message) => message.id === id)?.read;
    expect([await read(alice), await read(bob)]).toEqual([true, false]);
    await alice.client.users.updatePrivacy.mutate({ readReceipts: true });
    expect([await read(alice), await read(bob)]).toEqual([true, true]);
  });
});

it('shows as typing to whom it shows that it is there', async () => {
  const { alice, bob, carol, url } = await startWithRoommates();
  const streams = [bob, carol].map(({ token }) => liveClient({ url, token }).inbox());
  for (const stream of streams) await stream.count(1);
  const type = async () => {
    for (const to of ['bob', 'carol']) await alice.client.inbox.setTyping.mutate({ to, isTyping: true });
  };
  await alice.client.users.updatePrivacy.mutate({ presence: 'nobody' });
  await type();
  await alice.client.users.updatePrivacy.mutate({ presence: 'roommates' });
  await type();
  for (const to of ['bob', 'carol']) await send(alice, to, 'done');
  for (const stream of streams) await stream.word('done');
  expect(streams.map(({ words }) => words)).toEqual([['typing', 'done'], ['done']]);
});
