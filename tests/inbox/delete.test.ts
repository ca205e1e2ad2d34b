import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

const notFound = { data: { reason: 'MESSAGE_NOT_FOUND', httpStatus: 404 } };

async function startWithMessage() {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');
  const { client: mallory } = await user('mallory');
  const { id } = await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'delete me' });
  await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'keep me' });
  return { alice, bob, mallory, id };
}

it.each(['alice', 'bob'] as const)('lets %s delete a message, for both sides', async (who) => {
  const { id, ...users } = await startWithMessage();

  await users[who].inbox.deleteMessage.mutate({ id });

  for (const reader of [users.alice, users.bob]) {
    expect((await reader.inbox.listMessages.query()).messages).toMatchObject([{ text: 'keep me' }]);
    await expect(reader.inbox.deleteMessage.mutate({ id })).rejects.toMatchObject(notFound);
  }
});

it('answers other users as if the message did not exist', async () => {
  const { mallory, bob, id } = await startWithMessage();
  const missing = await mallory.inbox.deleteMessage.mutate({ id: 999 }).catch((error) => error.shape);

  await expect(mallory.inbox.deleteMessage.mutate({ id })).rejects.toMatchObject({
    shape: missing,
    ...notFound,
  });

  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 2 });
});

it('deletes a message once when both sides delete it at the same time', async () => {
  const { alice, bob, id } = await startWithMessage();
  const calls = [alice, bob].map(({ inbox }) => inbox.deleteMessage.mutate({ id }));
  expect(await tally(calls)).toEqual({ ok: 1, MESSAGE_NOT_FOUND: 1 });
});

it('never reuses the id of a deleted message', async () => {
  const { alice, id } = await startWithMessage();
  await alice.inbox.deleteMessage.mutate({ id: id + 1 });
  const next = await alice.inbox.sendMessage.mutate({ recipient: 'bob', text: 'next' });
  expect(next.id).toBe(id + 2);
});

it.each([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 2 ** 32 + 2, Number.MAX_SAFE_INTEGER])(
  'finds no message with the id %i',
  async (id) => {
    const { alice, bob } = await startWithMessage();
    await expect(alice.inbox.deleteMessage.mutate({ id })).rejects.toMatchObject(notFound);
    expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 2 });
  },
);

it.each([0, -1, 1.5, 2 ** 53, Number.NaN, '1'])('refuses %s as an id', async (id) => {
  const { alice } = await startWithMessage();
  await expect(alice.inbox.deleteMessage.mutate({ id: id as number })).rejects.toMatchObject(
    refusal('INVALID_INPUT'),
  );
});
