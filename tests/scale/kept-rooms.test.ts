import { expect, it } from 'vitest';
import { compareMessageIds } from '../../src/server/infra/stores/room-message-store.ts';
import { liveClient } from '../support/live-client.ts';
import { startCluster } from './support/cluster.ts';

/** Rooms in which only people speak. */
const quiet = { systemMessages: 'off' } as const;

async function setup() {
  const cluster = await startCluster([quiet, quiet]);
  const [alice, bob] = [await cluster.user('alice'), await cluster.user('bob')];
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'log', history: 'kept' });
  await bob.at(1).chat.joinRoom.mutate({ name: 'log' });
  const follow = (node: number, lastEventId?: string) =>
    liveClient({ url: cluster.urlOf(node), token: alice.token }).room(roomId, lastEventId);
  return { ...cluster, alice, bob, roomId, follow };
}

it('has one order at all servers, live and in its history, whoever sends where', async () => {
  const { alice, bob, roomId, follow } = await setup();
  const first = await alice.at(0).chat.sendMessage.mutate({ roomId, text: 'first' });
  const followed = [follow(0, first.id), follow(1, first.id)];
  await Promise.all(followed.map(({ started }) => started()));
  const count = 200;
  await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const [user, node] = index % 2 ? [alice, index % 3 ? 0 : 1] : [bob, index % 3 ? 1 : 0];
      return user.at(node).chat.sendMessage.mutate({ roomId, text: `message ${index}` });
    }),
  );
  const { messages } = await alice.at(1).chat.history.query({ roomId, after: first.id, limit: 200 });
  const ids = messages.map(({ id }) => id);
  expect(ids).toHaveLength(count);
  expect(ids).toEqual([...ids].sort(compareMessageIds));
  const texts = messages.map(({ text }) => text);
  for (const { until, words } of followed) {
    await until(() => words.length >= count);
    expect(words).toEqual(texts);
  }
});

it('recognizes what was sent again through the other server', async () => {
  const { alice, roomId } = await setup();
  const draft = { roomId, text: 'once', clientId: 'a' };
  const sent = await Promise.all(
    Array.from({ length: 20 }, (_, index) => alice.at(index % 2).chat.sendMessage.mutate(draft)),
  );
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  expect((await alice.at(0).chat.history.query({ roomId })).messages).toHaveLength(1);
});

it('ends at once at all servers for one who is removed, and for all when the room is deleted', async () => {
  const { alice, bob, roomId, servers } = await setup();
  await bob.at(1).chat.sendMessage.mutate({ roomId, text: 'hello' });
  await alice.at(0).chat.removeMember.mutate({ roomId, username: 'bob', ban: true });
  for (const node of [0, 1])
    await expect(bob.at(node).chat.history.query({ roomId })).rejects.toMatchObject({
      data: { reason: 'NOT_A_MEMBER' },
    });
  await alice.at(1).chat.deleteRoom.mutate({ roomId });
  for (const node of [0, 1])
    await expect(alice.at(node).chat.sendMessage.mutate({ roomId, text: 'late' })).rejects.toMatchObject({
      data: { reason: 'NOT_A_MEMBER' },
    });
  await expect.poll(() => servers[0]?.deps.db.keptMessage.count()).toBe(0);
});

it.each(['ephemeral', 'kept'] as const)(
  'tells of mentions at the other server, in a room that is %s',
  async (history) => {
    const cluster = await startCluster([quiet, quiet]);
    const [alice, bob] = [await cluster.user('alice'), await cluster.user('bob')];
    const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'talk', history });
    await bob.at(1).chat.joinRoom.mutate({ name: 'talk' });
    const following = liveClient({ url: cluster.urlOf(1), token: bob.token }).rooms();
    await following.until(() => following.words.includes('state'));
    const sent = await alice.at(0).chat.sendMessage.mutate({ roomId, text: '@bob, @room' });
    expect(sent).toMatchObject({ mentions: ['bob'], mentionsRoom: true });
    await following.until(() => following.words.includes('unread'));
    expect(following.events.at(-1)).toMatchObject({ type: 'unread', roomId, unread: 1, mentions: 1 });
    expect(await bob.at(1).chat.listMessages.query({ roomId })).toEqual([sent]);
  },
);
