import { expect, it } from 'vitest';
import { resetPassword } from '../../src/server/services/accounts/accounts.ts';
import { addBot } from '../../src/server/services/accounts/bots.ts';
import { createAccessToken } from '../../src/server/services/sessions/access-tokens.ts';
import { startRoom } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal } from '../support/refusal.ts';

/** A room with people and a bot, and what the bot does with its token. */
async function startWithBot() {
  const mirage = await startRoom();
  const { deps, client } = mirage;
  await addBot(deps, { username: 'courier' });
  const { token } = await createAccessToken(deps, {
    username: 'courier',
    name: 'script',
    scopes: ['chat:read', 'chat:write', 'inbox:read', 'inbox:write', 'users:read', 'users:write'],
  });
  const bot = client(token);
  await bot.chat.joinRoom.mutate({ name: 'general' });
  return { ...mirage, bot, botToken: token };
}

/** What is said about each message being of a bot, and that nothing is said about others. */
const marks = (messages: { text: string; isBot?: true }[]) =>
  messages.map((message) => [message.text, 'isBot' in message ? message.isBot : 'nothing']);

it.each(['ephemeral', 'kept'] as const)(
  'is shown with its messages in %s rooms, and people are not',
  async (history) => {
    const { alice, bot } = await startWithBot();
    const { id: roomId } = await alice.client.chat.createRoom.mutate({ name: 'logs', history });
    await bot.chat.joinRoom.mutate({ name: 'logs' });
    const sent = await bot.chat.sendMessage.mutate({ roomId, text: 'from a bot' });
    const named = await bot.chat.sendMessage.mutate({
      roomId,
      text: 'again',
      clientId: 'once',
      replyTo: sent.id,
    });
    const human = await alice.client.chat.sendMessage.mutate({ roomId, text: 'from alice' });
    const edited = await bot.chat.editMessage.mutate({ roomId, id: named.id, text: 'again!' });
    const expected = [
      ['from a bot', true],
      ['again!', true],
      ['from alice', 'nothing'],
    ];

    expect(marks([sent, edited, human])).toEqual(expected);
    const people = (messages: { text: string; isBot?: true; kind?: 'system' }[]) =>
      messages.filter(({ kind }) => kind !== 'system');
    expect(marks(people(await alice.client.chat.listMessages.query({ roomId })))).toEqual(expected);
    const page = await alice.client.chat.history.query({ roomId });
    expect(marks(people(page.messages))).toEqual(expected);
    // What is told of the bot itself is not said by it.
    expect(page.messages.filter(({ kind, isBot }) => kind === 'system' && isBot)).toEqual([]);
    const { hits } = await alice.client.chat.search.query({ roomId, query: 'bot' });
    expect(marks(hits.map(({ message }) => message))).toEqual([['from a bot', true]]);
  },
);

it('is shown in events, before and after they were missed', async () => {
  const { alice, roomId, bot, url } = await startWithBot();
  const live = liveClient({ url, token: alice.token }).room(roomId);
  await live.started();
  await bot.chat.sendMessage.mutate({ roomId, text: 'from a bot' });
  await alice.client.chat.sendMessage.mutate({ roomId, text: 'from alice' });
  await live.word('from alice');
  const late = liveClient({ url, token: alice.token }).room(roomId);
  await late.word('from alice');
  for (const { events } of [live, late]) {
    const told = events as { data: { message: { text: string; isBot?: true } } }[];
    expect(marks(told.map(({ data }) => data.message))).toEqual([
      ['from a bot', true],
      ['from alice', 'nothing'],
    ]);
  }
});

it('is shown in the inbox and in its profile', async () => {
  const { alice, bob, bot } = await startWithBot();
  const sent = await bot.inbox.sendMessage.mutate({ recipient: 'alice', text: 'from a bot' });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'from bob' });
  expect(sent).toMatchObject({ isBot: true });
  const { messages } = await alice.client.inbox.listMessages.query();
  expect(marks(messages)).toEqual([
    ['from bob', 'nothing'],
    ['from a bot', true],
  ]);
  expect(await alice.client.users.get.query({ username: 'courier' })).toMatchObject({ isBot: true });
  expect(await bot.auth.me.query()).toMatchObject({ username: 'courier', email: '', isBot: true });
  expect(await bot.users.updateProfile.mutate({ description: 'tells' })).toMatchObject({ isBot: true });
  expect('isBot' in (await alice.client.users.get.query({ username: 'bob' }))).toBe(false);
  expect('isBot' in (await alice.client.auth.me.query())).toBe(false);
});

it('changes nothing in the legacy API', async () => {
  const { alice, roomId, bot, rest } = await startWithBot();
  await bot.chat.sendMessage.mutate({ roomId, text: 'from a bot' });
  await bot.inbox.sendMessage.mutate({ recipient: 'alice', text: 'from a bot' });
  const { token } = alice;
  const answers = [
    await rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token }),
    await rest('GET', '/api/inbox', { token }),
    await rest('GET', '/api/user/courier'),
  ];
  expect(answers.map(([status]) => status)).toEqual([200, 200, 200]);
  expect(JSON.stringify(answers)).not.toMatch(/isBot|is_bot/);
});

it('logs in with no password, and gets none', async () => {
  const { client, deps, rest } = await startWithBot();
  for (const password of [' ', 'courier', 'null'])
    await expect(client().auth.login.mutate({ username: 'courier', password })).rejects.toMatchObject(
      refusal('INVALID_CREDENTIALS'),
    );
  expect(await rest('POST', '/api/login', { username: 'courier', password: 'courier' })).toEqual([
    401,
    { error: 'wrong password' },
  ]);
  await expect(resetPassword(deps, { username: 'courier', password: 'brand new one' })).rejects.toMatchObject(
    {
      reason: 'INVALID_INPUT',
    },
  );
  await expect(
    client().auth.login.mutate({ username: 'courier', password: 'brand new one' }),
  ).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
});

it('is nobody who registers, and has a name that nobody has', async () => {
  const { client, deps, alice } = await startWithBot();
  const user = { username: 'dora', email: 'd@x', password: 'long enough', isBot: true };
  await client().auth.register.mutate(user);
  expect('isBot' in (await alice.client.users.get.query({ username: 'dora' }))).toBe(false);
  await expect(addBot(deps, { username: 'dora' })).rejects.toMatchObject({ reason: 'USERNAME_TAKEN' });
  await expect(
    client().auth.register.mutate({ ...user, username: 'courier', email: 'e@x' }),
  ).rejects.toMatchObject(refusal('USERNAME_TAKEN'));
});
