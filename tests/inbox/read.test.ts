import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

async function startWithUnread() {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');
  const send = async (recipient = 'bob') =>
    (await alice.inbox.sendMessage.mutate({ recipient, text: 'hello' })).id;
  const ids = [await send(), await send(), await send()] as const;
  const readFlags = async () =>
    (await bob.inbox.listMessages.query()).messages.map(({ read }) => read).reverse();
  return { user, alice, bob, send, ids, readFlags };
}

it('counts sent and received messages, and unread ones', async () => {
  const { alice, bob, user } = await startWithUnread();
  const { client: stranger } = await user('mallory');
  await bob.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hi' });

  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 4, unread: 3 });
  expect(await alice.inbox.countMessages.query()).toMatchObject({ total: 4, unread: 1 });
  expect(await stranger.inbox.countMessages.query()).toMatchObject({ total: 0, unread: 0 });
});

it('counts a message to oneself once, and never as unread', async () => {
  const { bob } = await startWithUnread();
  await bob.inbox.sendMessage.mutate({ recipient: 'bob', text: 'buy milk' });
  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 4, unread: 3 });
});

it('marks received messages up to an id as read', async () => {
  const { bob, ids, readFlags } = await startWithUnread();

  expect(await bob.inbox.markRead.mutate({ upTo: ids[1] })).toMatchObject({ unread: 1 });

  expect(await readFlags()).toEqual([true, true, false]);
  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 3, unread: 1 });
});

it('shows the sender what the recipient has read', async () => {
  const { alice, bob, ids } = await startWithUnread();
  await bob.inbox.markRead.mutate({ upTo: ids[0] });
  const { messages } = await alice.inbox.listMessages.query();
  expect(messages.map(({ read }) => read)).toEqual([false, false, true]);
});

it('never moves a read mark backwards', async () => {
  const { bob, ids, readFlags } = await startWithUnread();
  await bob.inbox.markRead.mutate({ upTo: ids[2] });
  expect(await bob.inbox.markRead.mutate({ upTo: ids[0] })).toMatchObject({ unread: 0 });
  expect(await readFlags()).toEqual([true, true, true]);
});

it('answers with the counts where there is nothing to mark', async () => {
  const { bob, ids } = await startWithUnread();
  await bob.inbox.markRead.mutate({ upTo: ids[1] });
  const counts = await bob.inbox.countMessages.query();
  expect(counts.unread).toBe(1);
  for (const input of [
    { upTo: ids[0] },
    { upTo: ids[1] },
    { upTo: ids[1], with: 'alice' },
    { upTo: ids[2], with: 'mallory' },
  ])
    expect(await bob.inbox.markRead.mutate(input)).toEqual(counts);
  expect(await bob.inbox.markRead.mutate({ upTo: ids[2], with: 'alice' })).toMatchObject({ unread: 0 });
});

it('keeps the highest of several concurrent read marks', async () => {
  const { bob, ids } = await startWithUnread();
  await Promise.all([...ids, ...ids].reverse().map((upTo) => bob.inbox.markRead.mutate({ upTo })));
  expect(await bob.inbox.countMessages.query()).toMatchObject({ unread: 0 });
});

it.each([2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])(
  'marks nothing in the future as read, even with %i',
  async (upTo) => {
    const { bob, send, readFlags } = await startWithUnread();

    expect(await bob.inbox.markRead.mutate({ upTo })).toMatchObject({ unread: 0 });
    await send();

    expect(await readFlags()).toEqual([true, true, true, false]);
    expect(await bob.inbox.countMessages.query()).toMatchObject({ unread: 1 });
  },
);

it('does not mark future messages of an empty inbox as read', async () => {
  const { user, send } = await startWithUnread();
  const { client: carol } = await user('carol');
  expect(await carol.inbox.markRead.mutate({ upTo: 1000 })).toMatchObject({ unread: 0 });
  await send('carol');
  expect(await carol.inbox.countMessages.query()).toMatchObject({ total: 1, unread: 1 });
});

it('accepts the id of a message between other users as a position', async () => {
  const { alice, bob, send, ids, readFlags } = await startWithUnread();
  const later = await send('alice');
  expect(await bob.inbox.markRead.mutate({ upTo: later })).toMatchObject({ unread: 0 });
  await send();
  expect(await readFlags()).toEqual([true, true, true, false]);
  expect(await alice.inbox.markRead.mutate({ upTo: ids[0] })).toMatchObject({ unread: 0 });
});

it('keeps counts correct when read or unread messages are deleted', async () => {
  const { alice, bob, ids, send } = await startWithUnread();
  await bob.inbox.markRead.mutate({ upTo: ids[0] });
  await alice.inbox.deleteMessage.mutate({ id: ids[0] });
  await alice.inbox.deleteMessage.mutate({ id: ids[2] });
  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 1, unread: 1 });

  expect(await bob.inbox.markRead.mutate({ upTo: ids[2] })).toMatchObject({ unread: 0 });
  await send();
  expect(await bob.inbox.countMessages.query()).toMatchObject({ total: 2, unread: 1 });
});

it.each([0, -1, 1.5, 2 ** 53])('refuses to mark up to %d', async (upTo) => {
  const { bob } = await startWithUnread();
  await expect(bob.inbox.markRead.mutate({ upTo })).rejects.toMatchObject(refusal('INVALID_INPUT'));
});
