import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { addBot } from '../../src/server/services/accounts/bots.ts';
import { departuresTopic } from '../../src/server/services/departures/departed-names.ts';
import { reservedMs } from '../../src/server/services/departures/departures.ts';
import { createLink } from '../../src/server/services/mail/links.ts';
import { createAccessToken } from '../../src/server/services/sessions/access-tokens.ts';
import { startMirage } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal, tally } from '../support/refusal.ts';
import { startSharing } from '../support/sharing.ts';
import { gonePast, placesOf } from './support.ts';

const aliasForm = /^deleted-[a-z0-9]{16}$/;
const minute = 60_000;

/** Ada, whose name is in everything that can have one. */
async function startWithTraces(settings: Parameters<typeof startSharing>[0] = {}) {
  const sharing = await startSharing(settings);
  const { mirage, upload, form } = sharing;
  const [ada, bob] = [await mirage.user('ada-who-leaves'), sharing.bob];
  const dan = sharing.carol;
  const name = ada.username;
  const kept = await ada.client.chat.createRoom.mutate({ name: 'kept', history: 'kept' });
  const hall = await bob.client.chat.createRoom.mutate({ name: 'hall', history: 'ephemeral' });
  await bob.client.chat.joinRoom.mutate({ name: 'kept' });
  await ada.client.chat.joinRoom.mutate({ name: 'hall' });
  await dan.client.chat.joinRoom.mutate({ name: 'kept' });

  for (const room of [kept, hall]) {
    const file = await upload(ada.token, `roomId=${room.id}`, form('of a room', 'a.txt', 'text/plain'));
    const ids = [String(file.body.id)];
    const own = await ada.client.chat.sendMessage.mutate({
      ...{ roomId: room.id, text: 'hello', attachments: ids, clientId: `own-${room.id}` },
    });
    await ada.client.chat.sendMessage.mutate({ roomId: room.id, text: '', attachments: ids });
    await bob.client.chat.sendMessage.mutate({ roomId: room.id, text: 'an answer', replyTo: own.id });
    const asked = await bob.client.chat.sendMessage.mutate({ roomId: room.id, text: `@${name} look` });
    await ada.client.chat.react.mutate({ roomId: room.id, id: asked.id, emoji: '👍' });
    await bob.client.chat.react.mutate({ roomId: room.id, id: asked.id, emoji: '👍' });
    const gone = await ada.client.chat.sendMessage.mutate({
      ...{ roomId: room.id, text: 'gone' },
      clientId: `g${room.id}`,
    });
    await ada.client.chat.deleteMessage.mutate({ roomId: room.id, id: gone.id });
  }
  const messages = await bob.client.chat.listMessages.query({ roomId: kept.id });
  const first = messages.find(({ text }) => text === 'hello');
  await ada.client.chat.pinMessage.mutate({ roomId: kept.id, id: first?.id ?? '' });
  await ada.client.chat.createInvite.mutate({ roomId: kept.id });
  await ada.client.chat.removeMember.mutate({ roomId: kept.id, username: dan.username, ban: true });
  await bob.client.chat.removeMember.mutate({ roomId: hall.id, username: name, ban: true });

  const sent = await ada.client.inbox.sendMessage.mutate({
    recipient: 'bob',
    text: 'private',
    clientId: 'one',
  });
  await bob.client.inbox.react.mutate({ id: sent.id, emoji: '👍' });
  await ada.client.inbox.react.mutate({ id: sent.id, emoji: '👍' });
  const answer = await bob.client.inbox.sendMessage.mutate({
    recipient: name,
    text: 'answer',
    replyTo: sent.id,
  });
  const toAda = await upload(bob.token, `recipient=${name}`, form('for ada', 'b.txt', 'text/plain'));
  await bob.client.inbox.sendMessage.mutate({
    recipient: name,
    text: 'a file',
    attachments: [String(toAda.body.id)],
  });
  const toBob = await upload(ada.token, 'recipient=bob', form('for bob', 'c.txt', 'text/plain'));
  const files = [String(toBob.body.id)];
  await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'with a file', attachments: files });
  await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: '', attachments: files });
  await ada.client.inbox.sendMessage.mutate({ recipient: name, text: 'a note to myself' });
  await ada.client.inbox.markRead.mutate({ with: 'bob', upTo: answer.id });
  const deleted = await ada.client.inbox.sendMessage.mutate({
    recipient: 'bob',
    text: 'oops',
    clientId: 'two',
  });
  await ada.client.inbox.deleteMessage.mutate({ id: deleted.id });
  await ada.client.users.block.mutate({ username: dan.username });
  await dan.client.users.block.mutate({ username: name });
  const remove = (password = ada.password) => ada.client.auth.deleteAccount.mutate({ password });
  return { ...sharing, ada, bob, dan, name, kept, hall, remove, deps: mirage.deps };
}

it('leaves the name nowhere, and shows another one to everybody else', async () => {
  const { remove, deps, name, bob, dan, kept, hall, mirage, filesFolder } = await startWithTraces();
  const before = await placesOf(deps, name);
  expect(before).toEqual(
    expect.arrayContaining(['files.owner', 'inbox_changes.peer', 'kept_messages.mentions']),
  );
  await remove();
  await gonePast(deps, name);
  const { alias = '' } = (await deps.db.departure.findUnique({ where: { username: name } })) ?? {};
  expect(alias).toMatch(aliasForm);
  const text = ['inbox_messages.message', 'kept_messages.message'];
  // Whoever was offline is still told which conversation has another name.
  expect((await placesOf(deps, name)).filter((place) => !text.includes(place))).toEqual([
    'departures.name_skeleton',
    'departures.username',
    'inbox_changes.peer',
  ]);
  for (const { id } of [kept, hall]) {
    const messages = await bob.client.chat.listMessages.query({ roomId: id });
    const shown = JSON.stringify(messages.map(({ text: _, ...message }) => message));
    expect(shown).toContain(alias);
    expect(shown).not.toContain(name);
    const sent = messages.filter(({ kind }) => kind !== 'system');
    expect(sent.map(({ text }) => text)).not.toContain('');
    expect(messages.some(({ attachments }) => attachments)).toBe(false);
    expect(messages.find(({ text }) => text.endsWith('look'))).toMatchObject({
      mentions: [alias],
      reactions: [{ emoji: '👍', users: [alias, 'bob'] }],
    });
    expect(messages.find(({ text }) => text === 'an answer')?.replyTo).toMatchObject({ sender: alias });
  }
  const { conversations } = await bob.client.inbox.listConversations.query({ limit: 10 });
  expect(conversations.map(({ peer }) => peer)).toEqual([{ username: alias, avatarUrl: null }]);
  const { messages } = await bob.client.inbox.listMessages.query({ with: alias, limit: 10 });
  expect(messages.map(({ text }) => text)).toEqual(['with a file', 'a file', 'answer', 'private']);
  expect(messages[3]?.reactions).toEqual([{ emoji: '👍', users: ['bob', alias] }]);
  expect(messages[0]?.attachments).toBeUndefined();
  // That of bob stays.
  const file = await fetch(new URL(messages[1]?.attachments?.[0]?.url ?? '', mirage.url));
  expect([file.status, await file.text()]).toEqual([200, 'for ada']);
  expect(conversations[0]?.unread).toBe(2);
  await bob.client.inbox.markRead.mutate({ with: alias, upTo: messages[0]?.id ?? 0 });
  expect((await bob.client.inbox.listConversations.query({ limit: 10 })).conversations[0]?.unread).toBe(0);
  expect(await dan.client.users.listBlocked.query()).toMatchObject([{ username: alias }]);
  await dan.client.users.unblock.mutate({ username: alias });
  const objects = await readdir(filesFolder, { recursive: true, withFileTypes: true });
  expect(objects.filter((entry) => entry.isFile() && entry.name !== 'installation')).toHaveLength(1);
  const usage = await deps.db.fileUsage.findMany({ orderBy: { owner: 'asc' } });
  expect(usage.filter(({ bytes }) => bytes > 0n)).toEqual([
    { owner: '', bytes: 7n },
    { owner: 'bob', bytes: 7n },
  ]);

  // `/api` shows the same, and refuses what is sent there.
  const send = (recipient: string) =>
    mirage.rest('POST', '/api/send_message', { token: bob.token, recipient, message: 'hello?' });
  expect(await send(alias)).toEqual(await send('nobody at all'));
  expect((await send(alias))[0]).toBe(404);
  await expect(bob.client.inbox.sendMessage.mutate({ recipient: alias, text: 'x' })).rejects.toMatchObject(
    refusal('RECIPIENT_NOT_FOUND'),
  );
  await expect(bob.client.inbox.sendMessage.mutate({ recipient: name, text: 'x' })).rejects.toMatchObject(
    refusal('RECIPIENT_NOT_FOUND'),
  );
  await expect(bob.client.users.get.query({ username: alias })).rejects.toMatchObject(
    refusal('USER_NOT_FOUND'),
  );
});

describe('who may delete an account', () => {
  it('is whoever knows the password, and guesses are counted', async () => {
    const { user, deps } = await startMirage({ rateLimit: true });
    const [ada, bob] = [await user('ada'), await user('bob')];
    const guess = () => ada.client.auth.deleteAccount.mutate({ password: bob.password });
    await expect(guess()).rejects.toMatchObject(refusal('WRONG_PASSWORD'));
    for (let left = 9; left > 0; left -= 1) await guess().catch(() => {});
    await expect(guess()).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
    expect(await deps.db.user.count()).toBe(2);
    await bob.client.auth.deleteAccount.mutate({ password: bob.password });
    expect(await deps.db.user.count()).toBe(1);
  });

  it.each([
    ['password+totp', 4, 'ok'],
    ['oidc:example', 4, 'ok'],
    ['password+totp', 5, 'PROOF_REQUIRED'],
    ['passkey', 5, 'PROOF_REQUIRED'],
    ['password', 0, 'PROOF_REQUIRED'],
    [null, 0, 'PROOF_REQUIRED'],
  ])('is whoever logged in by %s, %d minutes ago: %s', async (method, minutes, outcome) => {
    const { user, deps, clock } = await startMirage();
    const ada = await user('ada');
    await deps.db.session.updateMany({ data: { method } });
    clock.advance(minutes * minute);
    expect(await tally([ada.client.auth.deleteAccount.mutate({})])).toEqual({ [outcome]: 1 });
  });

  it('is no program, whatever its token may do', async () => {
    const { user, deps, client } = await startMirage();
    const ada = await user('ada');
    const all = { username: 'ada', name: 'script', scopes: ['chat:write', 'users:write', 'inbox:write'] };
    const script = client((await createAccessToken(deps, all)).token);
    await expect(script.auth.deleteAccount.mutate({ password: ada.password })).rejects.toMatchObject(
      refusal('OUT_OF_SCOPE'),
    );
    await expect(script.auth.exportData.mutate()).rejects.toMatchObject(refusal('OUT_OF_SCOPE'));
    await expect(script.auth.getExport.query()).rejects.toMatchObject(refusal('OUT_OF_SCOPE'));
  });
});

it('ends sessions, tokens, links and subscriptions at once', async () => {
  const { url, user, deps, client } = await startMirage();
  const ada = await user('ada');
  const other = (await client().auth.login.mutate(ada)).token;
  const { token } = await createAccessToken(deps, {
    username: 'ada',
    name: 'script',
    scopes: ['inbox:read'],
  });
  await createLink(deps, { kind: 'reset', username: 'ada', email: null });
  const followers = [other, token].map((each) => liveClient({ url, token: each }).inbox());
  for (const each of followers) await each.started();
  await ada.client.auth.deleteAccount.mutate({ password: ada.password });
  for (const each of followers) {
    await each.ended();
    expect(each.ends).toEqual(['UNAUTHORIZED']);
  }
  const calls = [ada.token, other, token].map((each) => client(each).inbox.countMessages.query());
  expect(await tally(calls)).toEqual({ UNAUTHORIZED: 3 });
  await expect(client().auth.login.mutate(ada)).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
  expect([await deps.db.session.count(), await deps.db.linkToken.count()]).toEqual([0, 0]);
});

it('hands rooms over as leaving them does, and tells it there', async () => {
  const { url, user, deps } = await startMirage();
  const [ada, bob, cy] = [await user('ada'), await user('bob'), await user('cy')];
  const room = await ada.client.chat.createRoom.mutate({ name: 'owned', history: 'kept' });
  const alone = await ada.client.chat.createRoom.mutate({ name: 'alone' });
  await bob.client.chat.joinRoom.mutate({ name: 'owned' });
  await cy.client.chat.joinRoom.mutate({ name: 'owned' });
  await ada.client.chat.setRole.mutate({ roomId: room.id, username: 'cy', role: 'moderator' });
  const follower = liveClient({ url, token: bob.token }).presence(room.id);
  await follower.started();
  await ada.client.auth.deleteAccount.mutate({ password: ada.password });
  await gonePast(deps, 'ada');
  const { members } = await bob.client.chat.members.query({ roomId: room.id, limit: 10 });
  expect(members.map(({ username, role }) => [username, role]).sort()).toEqual([
    ['bob', 'member'],
    ['cy', 'owner'],
  ]);
  expect(await deps.db.room.findUnique({ where: { id: alone.id } })).toBeNull();
  const { alias = '' } = (await deps.db.departure.findFirst()) ?? {};
  const last = (await bob.client.chat.listMessages.query({ roomId: room.id })).at(-1);
  expect(last).toMatchObject({ kind: 'system', event: 'left', username: alias });
  expect(await bob.client.chat.listPublicRooms.query()).toMatchObject([{ id: room.id }]);
});

it('tells whoever follows the other side which conversation has another name', async () => {
  const { url, user, deps } = await startMirage();
  const [ada, bob] = [await user('ada'), await user('bob')];
  await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
  const inbox = liveClient({ url, token: bob.token }).inbox();
  await inbox.started();
  await ada.client.auth.deleteAccount.mutate({ password: ada.password });
  await gonePast(deps, 'ada');
  const { alias } = (await deps.db.departure.findFirst()) ?? {};
  await inbox.until(() => inbox.words.length >= 2);
  expect(inbox.events.slice(-2)).toMatchObject([
    { data: { type: 'conversation', with: 'ada', cleared: true } },
    { data: { type: 'conversation', with: alias, cleared: false } },
  ]);
});

describe('at the same time', () => {
  it('one of two deletions goes through', async () => {
    const { user, deps } = await startMirage();
    const ada = await user('ada');
    const remove = () => ada.client.auth.deleteAccount.mutate({ password: ada.password });
    const { ok, ...others } = await tally([remove(), remove(), remove()]);
    expect([ok, others.UNAUTHORIZED ?? 0]).toEqual([1, 2]);
    expect(await deps.db.departure.count()).toBe(1);
  });

  it('nobody is logged in afterwards, and nothing that was sent keeps the name', async () => {
    const { user, deps, client, clock } = await startMirage();
    const [ada, bob] = [await user('ada-in-a-hurry'), await user('bob')];
    const name = ada.username;
    const room = await bob.client.chat.createRoom.mutate({ name: 'kept', history: 'kept' });
    await ada.client.chat.joinRoom.mutate({ name: 'kept' });
    const sends = Array.from({ length: 20 }, (_, index) => [
      ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: `${index}` }),
      bob.client.inbox.sendMessage.mutate({ recipient: name, text: `${index}` }),
      ada.client.chat.sendMessage.mutate({ roomId: room.id, text: `${index}` }),
      bob.client.chat.sendMessage.mutate({ roomId: room.id, text: `@${name}` }),
    ]).flat();
    const logins = [1, 2, 3].map(() => client().auth.login.mutate(ada));
    const removed = ada.client.auth.deleteAccount.mutate({ password: ada.password });
    const counts = await tally([...sends, ...logins, removed]);
    expect(Object.keys(counts).filter((outcome) => outcome === 'INTERNAL')).toEqual([]);
    expect(await deps.db.session.count({ where: { username: name } })).toBe(0);
    await gonePast(deps, name);
    clock.advance(minute);
    await gonePast(deps, name, 2);
    expect(await placesOf(deps, name)).toEqual(
      expect.not.arrayContaining([
        'inbox_messages.sender',
        'kept_messages.username',
        'kept_messages.mentions',
      ]),
    );
    const { total, unread } = await bob.client.inbox.countMessages.query();
    const { conversations } = await bob.client.inbox.listConversations.query({ limit: 10 });
    const [peer] = conversations;
    const seen = await deps.db.inboxMessage.findMany({
      where: { OR: [{ sender: 'bob' }, { recipient: 'bob' }] },
    });
    expect([total, unread, conversations.length]).toEqual([
      seen.length,
      seen.filter(({ recipient }) => recipient === 'bob').length,
      1,
    ]);
    expect(peer?.peer.username).toMatch(aliasForm);
  });
});

describe('the name', () => {
  const register = (mirage: Awaited<ReturnType<typeof startMirage>>, username: string) =>
    mirage
      .client()
      .auth.register.mutate({ username, email: `${username}@new.example`, password: 'a fine password' });

  it('is not given for 30 days, to nobody and in no way, and then it is', async () => {
    const mirage = await startMirage();
    const { deps, clock, rest } = mirage;
    const ada = await mirage.user('lovelace');
    await ada.client.auth.deleteAccount.mutate({ password: ada.password });
    await gonePast(deps, 'lovelace');
    const { alias = '' } = (await deps.db.departure.findFirst()) ?? {};
    for (const name of [
      'lovelace',
      'lovelace'.replace('a', '\u0430'),
      alias,
      'deleted-something',
      'Deleted-x',
    ])
      await expect(register(mirage, name), name).rejects.toMatchObject(refusal('USERNAME_TAKEN'));
    for (const username of ['lovelace', alias]) {
      const fields = { username, email: 'x@example.com', password: 'a fine password' };
      expect(await rest('POST', '/api/register', fields)).toEqual([400, expect.anything()]);
      await expect(addBot(deps, { username })).rejects.toMatchObject({ reason: 'USERNAME_TAKEN' });
      // As a server of an earlier version would.
      await expect(deps.db.user.create({ data: { username, email: 'y', password: '' } })).rejects.toThrow();
    }
    // Only the name is reserved.
    const again = { username: 'another', email: 'lovelace@example.com', password: 'a fine password' };
    await mirage.client().auth.register.mutate(again);

    clock.advance(minute);
    await gonePast(deps, 'lovelace', 2);
    clock.advance(reservedMs - minute - 1);
    await deps.bus.publish(departuresTopic, { username: 'lovelace', alias });
    await expect(register(mirage, 'lovelace')).rejects.toMatchObject(refusal('USERNAME_TAKEN'));
    clock.advance(1);
    await gonePast(deps, 'lovelace', 3);
    await register(mirage, 'lovelace');
    await expect(register(mirage, alias)).rejects.toMatchObject(refusal('USERNAME_TAKEN'));
    expect(await placesOf(deps, alias)).toEqual([]);
  });
});

it('counts a conversation exactly that has more messages than are renamed at a time', async () => {
  const { user, deps } = await startMirage();
  const [ada, bob] = [await user('ada'), await user('bob')];
  const rows = Array.from({ length: 700 }, (_, index) => ({
    sender: index % 2 ? 'ada' : 'bob',
    recipient: index % 2 ? 'bob' : 'ada',
    text: `${index}`,
  }));
  for (let start = 0; start < rows.length; start += 100)
    await deps.db.inboxMessage.createMany({ data: rows.slice(start, start + 100) });
  const { messages } = await bob.client.inbox.listMessages.query({ with: 'ada', limit: 50 });
  await bob.client.inbox.markRead.mutate({ with: 'ada', upTo: messages[40]?.id ?? 0 });
  for (const message of messages.slice(0, 3))
    await bob.client.inbox.deleteMessage.mutate({ id: message.id, scope: 'me' });
  const before = (await bob.client.inbox.listConversations.query({ limit: 10 })).conversations[0];
  await ada.client.auth.deleteAccount.mutate({ password: ada.password });
  await gonePast(deps, 'ada');
  const after = (await bob.client.inbox.listConversations.query({ limit: 10 })).conversations[0];
  expect(after).toMatchObject({
    ...before,
    peer: { username: expect.stringMatching(aliasForm) },
    peerReadUpTo: null,
    lastMessage: { ...before?.lastMessage, sender: expect.anything() },
  });
  const row = await deps.db.inboxConversation.findFirst({ where: { username: 'bob' } });
  expect(row).toMatchObject({ total: 697, unread: before?.unread });
});
