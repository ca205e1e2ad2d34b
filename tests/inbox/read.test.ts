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

it('counts what was sent and received, and what was received and not yet read', async () => {
  const { alice, bob, user } = await startWithUnread();
  const { client: stranger } = await user('mallory');
  await bob.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hi' });

  expect(await bob.inbox.countMessages.query()).toEqual({ total: 4, unread: 3 });
  expect(await alice.inbox.countMessages.query()).toEqual({ total: 4, unread: 1 });
  expect(await stranger.inbox.countMessages.query()).toEqual({ total: 0, unread: 0 });
});

it('counts a message to oneself once, and never as unread', async () => {
  const { bob } = await startWithUnread();
  await bob.inbox.sendMessage.mutate({ recipient: 'bob', text: 'buy milk' });
  expect(await bob.inbox.countMessages.query()).toEqual({ total: 4, unread: 3 });
});

it('marks what was received up to a message as read', async () => {
  const { bob, ids, readFlags } = await startWithUnread();

  expect(await bob.inbox.markRead.mutate({ upTo: ids[1] })).toEqual({ unread: 1 });

  expect(await readFlags()).toEqual([true, true, false]);
  expect(await bob.inbox.countMessages.query()).toEqual({ total: 3, unread: 1 });
});

it('lets the sender see what the recipient has read', async () => {
  const { alice, bob, ids } = await startWithUnread();
  await bob.inbox.markRead.mutate({ upTo: ids[0] });
  const { messages } = await alice.inbox.listMessages.query();
  expect(messages.map(({ read }) => read)).toEqual([false, false, true]);
});

it('never makes unread again what was read', async () => {
  const { bob, ids, readFlags } = await startWithUnread();
  await bob.inbox.markRead.mutate({ upTo: ids[2] });
  expect(await bob.inbox.markRead.mutate({ upTo: ids[0] })).toEqual({ unread: 0 });
  expect(await readFlags()).toEqual([true, true, true]);
});

it('ends at the furthest of many marks set at once', async () => {
  const { bob, ids } = await startWithUnread();
  await Promise.all([...ids, ...ids].reverse().map((upTo) => bob.inbox.markRead.mutate({ upTo })));
  expect(await bob.inbox.countMessages.query()).toMatchObject({ unread: 0 });
});

it.each([2 ** 31 - 1, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])(
  'marks nothing in the future as read, even with %i',
  async (upTo) => {
    const { bob, send, readFlags } = await startWithUnread();

    expect(await bob.inbox.markRead.mutate({ upTo })).toEqual({ unread: 0 });
    await send();

    expect(await readFlags()).toEqual([true, true, true, false]);
    expect(await bob.inbox.countMessages.query()).toMatchObject({ unread: 1 });
  },
);

it('marks nothing in the future as read in an empty inbox', async () => {
  const { user, send } = await startWithUnread();
  const { client: carol } = await user('carol');
  expect(await carol.inbox.markRead.mutate({ upTo: 1000 })).toEqual({ unread: 0 });
  await send('carol');
  expect(await carol.inbox.countMessages.query()).toEqual({ total: 1, unread: 1 });
});

it('takes a message of others as a mere position', async () => {
  const { alice, bob, send, ids, readFlags } = await startWithUnread();
  const later = await send('alice');
  expect(await bob.inbox.markRead.mutate({ upTo: later })).toEqual({ unread: 0 });
  await send();
  expect(await readFlags()).toEqual([true, true, true, false]);
  expect(await alice.inbox.markRead.mutate({ upTo: ids[0] })).toEqual({ unread: 0 });
});

it('keeps count when messages are deleted, read or not', async () => {
  const { alice, bob, ids, send } = await startWithUnread();
  await bob.inbox.markRead.mutate({ upTo: ids[0] });
  await alice.inbox.deleteMessage.mutate({ id: ids[0] });
  await alice.inbox.deleteMessage.mutate({ id: ids[2] });
  expect(await bob.inbox.countMessages.query()).toEqual({ total: 1, unread: 1 });

  expect(await bob.inbox.markRead.mutate({ upTo: ids[2] })).toEqual({ unread: 0 });
  await send();
  expect(await bob.inbox.countMessages.query()).toEqual({ total: 2, unread: 1 });
});

it.each([0, -1, 1.5, 2 ** 53])('refuses to mark up to %d', async (upTo) => {
  const { bob } = await startWithUnread();
  await expect(bob.inbox.markRead.mutate({ upTo })).rejects.toMatchObject(refusal('INVALID_INPUT'));
});
