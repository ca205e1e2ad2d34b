import { expect, it } from 'vitest';
import { liveClient } from '../support/live-client.ts';
import { roomList } from '../support/room-list.ts';
import { startCluster } from './support/cluster.ts';

async function setup() {
  const cluster = await startCluster();
  const [alice, bob] = [await cluster.user('alice'), await cluster.user('bob')];
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'general' });
  await bob.at(1).chat.joinRoom.mutate({ name: 'general' });
  const follow = async (node: number) => {
    const following = liveClient({ url: cluster.urlOf(node), token: alice.token }).rooms();
    await following.until(() => following.words.includes('state'));
    const shows = (list: Record<string, [number, string | null]>) =>
      following.until(() => JSON.stringify(roomList(following.events)) === JSON.stringify(list));
    return { ...following, shows };
  };
  const all = [await follow(0), await follow(1)];
  const shows = (list: Record<string, [number, string | null]>) =>
    Promise.all(all.map((following) => following.shows(list)));
  const say = (text: string, room = roomId) => bob.at(1).chat.sendMessage.mutate({ roomId: room, text });
  return { ...cluster, alice, bob, roomId, all, shows, say };
}

it('agrees at all servers about messages, read marks, and rooms joined, left and deleted', async () => {
  const { alice, bob, roomId, shows, say, all } = await setup();
  await say('one');
  const { id } = await say('two');
  await shows({ general: [2, 'two'] });
  expect(await alice.at(0).chat.markRead.mutate({ roomId, upTo: id })).toMatchObject({ unread: 0 });
  await shows({ general: [0, 'two'] });
  const { id: other } = await bob.at(1).chat.createRoom.mutate({ name: 'other' });
  await alice.at(0).chat.joinRoom.mutate({ name: 'other' });
  await say('three', other);
  await shows({ general: [0, 'two'], other: [1, 'three'] });
  await alice.at(1).chat.leaveRoom.mutate({ roomId });
  await shows({ other: [1, 'three'] });
  await say('not for her');
  await bob.at(0).chat.deleteRoom.mutate({ roomId: other });
  await shows({});
  for (const { events } of all) {
    expect(events).toContainEqual({ type: 'left', roomId: other, reason: 'deleted' });
    expect(JSON.stringify(events)).not.toContain('not for her');
  }
});

it('shows what happened while the bus was away', async () => {
  const { servers, alice, shows, say, all } = await setup();
  const states = () => all.map(({ words }) => words.filter((word) => word === 'state').length);
  // As when the connection to Redis was lost: nothing of this is published to the other server.
  const [first, second] = servers.map(({ deps }) => deps.bus);
  const publish = second?.publish;
  if (!first || !second || !publish) return expect.fail('there are two servers');
  second.publish = async () => {};
  await say('unheard');
  await alice.at(1).chat.createRoom.mutate({ name: 'new' });
  second.publish = publish;
  for (const { deps } of servers) deps.roomFeed.renew();
  await shows({ general: [1, 'unheard'], new: [0, null] });
  expect(states()).toEqual([2, 2]);
});
