import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

async function startWithTwo() {
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  const { client: bob } = await mirage.user('bob');
  return { ...mirage, alice, bob };
}

it('delivers a message to its recipient and shows it to its sender', async () => {
  const { alice, bob, clock } = await startWithTwo();

  const sent = await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });

  const createdAt = new Date(clock()).toISOString();
  const message = { id: sent.id, sender: 'alice', recipient: 'bob', text: 'hello', createdAt };
  expect(sent).toMatchObject(message);
  for (const reader of [alice, bob])
    expect(await reader.inbox.listMessages.query()).toMatchObject({ messages: [message], nextCursor: null });
});

it('shows a message to oneself once', async () => {
  const { alice } = await startWithTwo();
  await alice.inbox.sendMessage.mutate({ recipient: 'alice', text: 'buy milk' });
  expect((await alice.inbox.listMessages.query()).messages).toMatchObject([
    { sender: 'alice', recipient: 'alice', text: 'buy milk', read: true },
  ]);
});

it.each(['nobody', 'BOB', ' bob', 'bob '])('knows no recipient "%s"', async (recipient) => {
  const { alice } = await startWithTwo();
  await expect(alice.inbox.sendMessage.mutate({ recipient, text: 'hello' })).rejects.toMatchObject({
    data: { reason: 'RECIPIENT_NOT_FOUND', httpStatus: 404 },
  });
  expect(await alice.inbox.countMessages.query()).toMatchObject({ total: 0, unread: 0 });
});

const texts: [what: string, text: string][] = [
  ['with white space around it', '  hello \n'],
  ['of white space alone', ' \t\n '],
  ['of one character', 'x'],
  ['of 16384 characters', 'x'.repeat(16_384)],
  ['in any script', 'Привет, 世界 👩‍🚀'],
  ['full of quotes', `'"\`\\ '); DROP TABLE inbox_messages; --`],
  ['that looks like a number', '007'],
  ['that looks like a date', '2024-01-01T00:00:00.000Z'],
];

it.each(texts)('keeps a text %s as written', async (_, text) => {
  const { alice, bob } = await startWithTwo();
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text });
  expect((await bob.inbox.listMessages.query()).messages).toMatchObject([{ text }]);
});

const refused: [what: string, fields: object][] = [
  ['an empty text', { text: '' }],
  ['a text of 16385 characters', { text: 'x'.repeat(16_385) }],
  ['a text with U+0000', { text: 'a\0b' }],
  ['a text with half of a surrogate pair', { text: '\ud83d' }],
  ['an empty recipient', { recipient: '' }],
  ['a recipient of 101 characters', { recipient: 'x'.repeat(101) }],
  ['no text', { text: undefined }],
  ['no recipient', { recipient: undefined }],
];

it.each(refused)('refuses %s', async (_, fields) => {
  const { alice, bob } = await startWithTwo();
  await expect(
    alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello', ...fields }),
  ).rejects.toMatchObject(refusal('INVALID_INPUT'));
  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 0 });
});

it('always uses the caller as the sender', async () => {
  const { alice, bob } = await startWithTwo();
  const forged = { recipient: 'bob', text: 'hello', sender: 'carol' };
  await alice.inbox.sendMessage.mutate(forged);
  expect((await bob.inbox.listMessages.query()).messages).toMatchObject([{ sender: 'alice' }]);
});

it('refuses callers without a session', async () => {
  const { client, bob } = await startWithTwo();
  for (const { inbox } of [client(), client('made-up')]) {
    const calls = [
      inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' }),
      inbox.listMessages.query(),
      inbox.deleteMessage.mutate({ id: 1 }),
      inbox.countMessages.query(),
      inbox.markRead.mutate({ upTo: 1 }),
    ];
    expect(await tally(calls)).toEqual({ UNAUTHORIZED: 5 });
  }
  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 0 });
});
