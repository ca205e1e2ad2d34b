import { expect, it } from 'vitest';
import { comparePositions } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';

it('orders the positions that a server gives, as the changes happened', async () => {
  const { user } = await startMirage();
  const alice = await user('alice');
  await user('bob');
  const { inbox } = alice.client;
  const sent = await inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
  const page = await inbox.listMessages.query();
  const edited = await inbox.editMessage.mutate({ id: sent.id, text: 'hello!' });
  const next = await inbox.sendMessage.mutate({ recipient: 'bob', text: 'again' });
  const deleted = await inbox.deleteMessage.mutate({ id: next.id });
  const order = [page, edited, next, deleted, await inbox.listConversations.query()].map(
    ({ position }) => position,
  );
  expect(comparePositions(sent.position, page.position)).toBe(0);
  expect(order.toReversed().sort((a, b) => comparePositions(a, b) ?? Number.NaN)).toEqual(order);
  expect(comparePositions(page.position, edited.position)).toBeLessThan(0);
  expect(comparePositions(edited.position, page.position)).toBeGreaterThan(0);
});

it('places a message after a page that was read before it, whatever others have changed since', async () => {
  const { url, user } = await startMirage();
  const [alice, bob] = [await user('alice'), await user('bob')];
  await user('carol');
  const inbox = liveClient({ url, token: alice.token }).inbox();
  await inbox.count(1); // where it begins
  const sent = await bob.client.inbox.sendMessage.mutate({ recipient: 'carol', text: 'hello' });
  await bob.client.inbox.editMessage.mutate({ id: sent.id, text: 'hello!' });
  const page = await alice.client.inbox.listConversations.query();
  await bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'news' });
  await inbox.word('news');
  const told = inbox.events.at(-1) as { id: string }; // safe: it is tracked
  expect(comparePositions(told.id, page.position)).toBeGreaterThan(0);
});

it('orders across restarts of a server, and not across databases', () => {
  expect(comparePositions('1-ab-7-9', '2-cd-7-9')).toBeLessThan(0);
  expect(comparePositions('9-ab-7-9', '10-cd-1-1')).toBeLessThan(0);
  expect(comparePositions('2-ab-7-9', '2-cd-7-9')).toBeNull();
  expect(comparePositions('2-ab-7-9', 'something else')).toBeNull();
});
