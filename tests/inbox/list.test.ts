import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

async function startWithThree() {
  const mirage = await startMirage();
  const [alice, bob, carol] = await Promise.all(
    ['alice', 'bob', 'carol'].map(async (name) => (await mirage.user(name)).client),
  );
  if (!alice || !bob || !carol) throw new Error('there are three');
  return { ...mirage, alice, bob, carol };
}

it('lists what was sent and received, newest first', async () => {
  const { alice, bob } = await startWithThree();
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: '1' });
  await bob.inbox.sendMessage.mutate({ recipient: 'alice', text: '2' });
  await alice.inbox.sendMessage.mutate({ recipient: 'alice', text: '3' });
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: '4' });

  const { messages, nextCursor } = await alice.inbox.listMessages.query();

  expect(messages.map(({ text }) => text)).toEqual(['4', '3', '2', '1']);
  expect(nextCursor).toBeNull();
});

it('orders messages by arrival, independently of the clock', async () => {
  const { alice, bob, clock } = await startWithThree();
  for (const text of ['1', '2', '3']) {
    await alice.inbox.sendMessage.mutate({ recipient: 'bob', text });
    clock.advance(-1000);
  }
  const { messages } = await bob.inbox.listMessages.query();
  expect(messages.map(({ text }) => text)).toEqual(['3', '2', '1']);
});

it('shows nothing to other users', async () => {
  const { alice, carol } = await startWithThree();
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'secret' });

  for (const input of [{}, { with: 'alice' }, { with: 'bob' }, { with: 'carol' }])
    expect(await carol.inbox.listMessages.query(input)).toMatchObject({ messages: [], nextCursor: null });
});

it('lists one conversation, from either side', async () => {
  const { alice, bob, carol } = await startWithThree();
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'a to b' });
  await bob.inbox.sendMessage.mutate({ recipient: 'alice', text: 'b to a' });
  await carol.inbox.sendMessage.mutate({ recipient: 'alice', text: 'c to a' });
  await bob.inbox.sendMessage.mutate({ recipient: 'carol', text: 'b to c' });
  await alice.inbox.sendMessage.mutate({ recipient: 'alice', text: 'a to a' });

  const texts = async (reader: typeof alice, peer: string) =>
    (await reader.inbox.listMessages.query({ with: peer })).messages.map(({ text }) => text);

  expect(await texts(alice, 'bob')).toEqual(['b to a', 'a to b']);
  expect(await texts(bob, 'alice')).toEqual(['b to a', 'a to b']);
  expect(await texts(alice, 'carol')).toEqual(['c to a']);
  expect(await texts(alice, 'alice')).toEqual(['a to a']);
  expect(await texts(alice, 'nobody')).toEqual([]);
});

it('shows the current avatar of the sender, or the default one', async () => {
  const { alice, bob } = await startWithThree();
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
  const avatarUrls = async () =>
    (await bob.inbox.listMessages.query()).messages.map(({ avatarUrl }) => avatarUrl);

  expect(await avatarUrls()).toEqual([null]);
  for (const avatarUrl of ['https://img/1.png', 'https://img/2.png']) {
    await alice.users.updateProfile.mutate({ avatarUrl });
    expect(await avatarUrls()).toEqual([avatarUrl]);
  }
  await alice.users.updateProfile.mutate({ avatarUrl: '' });
  expect(await avatarUrls()).toEqual([null]);
});

it('gives the time of sending to the millisecond', async () => {
  const { alice, bob, clock } = await startWithThree();
  clock.advance(1007 - (clock() % 1000));
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
  const sentAt = new Date(clock()).toISOString();
  clock.advance(12_345);
  expect((await bob.inbox.listMessages.query()).messages).toMatchObject([{ createdAt: sentAt }]);
});

it('refuses limits outside 1 to 500 and invalid cursors', async () => {
  const { alice } = await startWithThree();
  const refused = [
    ...[0, -1, 501, 1.5].map((limit) => ({ limit })),
    ...[0, -1, 1.5, 2 ** 53].map((cursor) => ({ cursor })),
    ...['', 'x'.repeat(101), 'a\0'].map((peer) => ({ with: peer })),
  ];
  for (const input of refused)
    await expect(alice.inbox.listMessages.query(input), JSON.stringify(input)).rejects.toMatchObject(
      refusal('INVALID_INPUT'),
    );
  for (const limit of [1, 500]) await alice.inbox.listMessages.query({ limit });
});
