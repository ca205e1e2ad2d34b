import { expect, it } from 'vitest';
import {
  comparePositions,
  createMirageClient,
  isUnreachable,
  type Outputs,
  reasonOf,
} from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { startLosingProxy } from '../support/losing-proxy.ts';

/** A Mirage behind a proxy that loses the next answers. */
async function startBehindProxy() {
  const mirage = await startMirage();
  let losses = 0;
  const { url, counts } = await startLosingProxy({
    target: () => mirage.url,
    loses: () => {
      losses -= 1;
      return losses >= 0 ? 'after' : undefined;
    },
  });
  const { token } = await mirage.user('ada');
  return {
    ...mirage,
    counts,
    lossy: (given = token) => createMirageClient({ url, token: given }),
    lose(answers: number) {
      losses = answers;
      counts.requests = 0;
    },
  };
}

it('tells callers one outcome of a mutation whose answers are lost', async () => {
  const { lossy, lose, counts, deps } = await startBehindProxy();
  const { chat, auth, inbox } = lossy();
  lose(3);
  const room = await chat.createRoom.mutate({ name: 'lobby' });
  expect([room.name, counts.requests]).toEqual(['lobby', 4]);
  lose(1);
  const account = { username: 'bob', email: 'bob@example.com', password: 'a secret one' };
  expect(await auth.register.mutate(account)).toEqual({ username: 'bob' });
  lose(1);
  await auth.changePassword.mutate({ currentPassword: 'password of ada', newPassword: 'another password' });
  lose(1);
  await inbox.sendMessage.mutate({ recipient: 'bob', text: 'once' });
  expect([await deps.db.inboxMessage.count(), counts.requests]).toEqual([1, 2]);
  lose(1);
  await inbox.sendMessage.mutate({ recipient: 'bob', text: 'named', clientId: 'my-name-for-it' });
  expect(await deps.db.inboxMessage.count()).toBe(2);
  lose(1);
  await auth.logout.mutate();
  await expect(auth.me.query()).rejects.toMatchObject({ data: { reason: 'UNAUTHORIZED' } });
});

it('repeats no mutation that was refused, and no log-out of a session that had ended before', async () => {
  const { lossy, lose, counts } = await startBehindProxy();
  lose(0);
  const refused = await lossy().chat.joinRoom.mutate({ name: 'nowhere' }).catch(identity);
  expect([reasonOf(refused), counts.requests]).toEqual(['ROOM_NOT_FOUND', 1]);
  const ended = await lossy('no such token').auth.logout.mutate().catch(identity);
  expect([reasonOf(ended), counts.requests]).toEqual(['UNAUTHORIZED', 2]);
});

it('gives each mutation another key', async () => {
  const { lossy, lose, deps } = await startBehindProxy();
  lose(0);
  const send = () => lossy().inbox.sendMessage.mutate({ recipient: 'ada', text: 'again and again' });
  await Promise.all([send(), send(), send()]);
  expect(await deps.db.inboxMessage.count()).toBe(3);
});

it('gives up in the end, and at once when the caller aborts', async () => {
  const { lossy, lose, counts } = await startBehindProxy();
  lose(100);
  const { chat } = lossy();
  const abort = new AbortController();
  const aborted = chat.joinRoom.mutate({ name: 'lobby' }, { signal: abort.signal }).catch(identity);
  abort.abort();
  expect(isUnreachable(await aborted)).toBe(false);
  lose(100);
  const lost = await chat.createRoom.mutate({ name: 'lobby' }).catch(identity);
  expect([isUnreachable(lost), counts.requests]).toEqual([true, 6]);
});

it('orders positions of the same run, of later runs, and none of another history', async () => {
  const { user } = await startMirage();
  const { client } = await user('ada');
  const send = async (text: string) =>
    (await client.inbox.sendMessage.mutate({ recipient: 'ada', text })).position;
  const first = await send('one');
  const page: Outputs['inbox']['listMessages'] = await client.inbox.listMessages.query();
  const second = await send('two');
  const { position: read } = await client.inbox.markAllRead.mutate();
  const { messages } = await client.inbox.listMessages.query();
  const id = messages[0]?.id ?? 0;
  const edited = (await client.inbox.editMessage.mutate({ id, text: 'three' })).position;
  const { position: deleted } = await client.inbox.deleteMessage.mutate({ id });
  const conversations = (await client.inbox.listConversations.query()).position;
  expect(comparePositions(first, page.position)).toBe(0);
  const all = [first, second, edited, deleted];
  expect([...all].reverse().sort((a, b) => comparePositions(a, b) ?? Number.NaN)).toEqual(all);
  expect(comparePositions(second, read)).toBeLessThanOrEqual(0);
  expect(comparePositions(deleted, conversations)).toBe(0);
  expect(comparePositions('3-abc-9-9', '4-def-1-9')).toBeLessThan(0);
  expect(comparePositions('4-abc-1-1', '4-def-1-1')).toBeNull();
  expect(comparePositions('nonsense', first)).toBeNull();
});

const identity = (error: unknown) => error;
