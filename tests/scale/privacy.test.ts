import { expect, it } from 'vitest';
import { liveClient } from '../support/live-client.ts';
import { shows } from '../support/presence.ts';
import { outcomes } from '../support/refusal.ts';
import { startCluster } from './support/cluster.ts';

async function setup() {
  const cluster = await startCluster([{}, {}]);
  const [alice, bob] = [await cluster.user('alice'), await cluster.user('bob')];
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'general' });
  await bob.at(1).chat.joinRoom.mutate({ name: 'general' });
  const send = () => bob.at(1).inbox.sendMessage.mutate({ recipient: 'alice', text: 'hi' });
  const received = async () => (await alice.at(1).inbox.listMessages.query()).messages.length;
  return { ...cluster, alice, bob, roomId, send, received };
}

it('withholds and refuses at every server what was forbidden at one, from its answer on', async () => {
  const { alice, send, received } = await setup();
  for (let round = 1; round <= 5; round += 1) {
    await alice.at(0).users.block.mutate({ username: 'bob' });
    expect(await outcomes([send(), send()])).toEqual(['ok', 'ok']);
    await alice.at(0).users.unblock.mutate({ username: 'bob' });
    await send();
    expect(await received()).toBe(round);
    await alice.at(0).users.updatePrivacy.mutate({ whoMayWrite: 'nobody' });
    expect(await outcomes([send()])).toEqual(['RECIPIENT_UNAVAILABLE']);
    await alice.at(0).users.updatePrivacy.mutate({ whoMayWrite: 'everyone' });
  }
});

it('hides from viewers at another server who does not want to be seen there', async () => {
  const { alice, bob, roomId, urlOf } = await setup();
  const own = liveClient({ url: urlOf(0), token: alice.token }).presence(roomId);
  const other = liveClient({ url: urlOf(1), token: bob.token }).presence(roomId);
  for (const watching of [own, other]) await shows(watching, ['alice', 'bob']);
  await alice.at(0).users.updatePrivacy.mutate({ presence: 'nobody' });
  await shows(other, ['bob']);
  await alice.at(1).users.updatePrivacy.mutate({ presence: 'everyone' });
  await shows(other, ['alice', 'bob']);
  await bob.at(1).users.block.mutate({ username: 'alice' });
  await shows(own, ['alice']);
  await shows(other, ['bob']);
  const late = liveClient({ url: urlOf(0), token: bob.token }).presence(roomId);
  await shows(late, ['bob']);
});

it('hides who is watched by name from viewers at another server', async () => {
  const { alice, bob, urlOf } = await setup();
  const own = liveClient({ url: urlOf(0), token: alice.token }).users('alice', 'bob');
  const other = liveClient({ url: urlOf(1), token: bob.token }).users('alice', 'bob');
  for (const watching of [own, other]) await shows(watching, ['alice', 'bob']);
  await alice.at(0).users.updatePrivacy.mutate({ presence: 'nobody' });
  await shows(other, ['bob']);
  await alice.at(1).users.updatePrivacy.mutate({ presence: 'roommates' });
  const { id: roomId } = await alice.at(0).chat.createRoom.mutate({ name: 'vault', password: 'sesame' });
  await bob.at(1).chat.joinRoom.mutate({ name: 'vault', password: 'sesame' });
  await shows(other, ['alice', 'bob']);
  await alice.at(0).chat.deleteRoom.mutate({ roomId });
  await shows(other, ['bob']);
  await alice.at(1).users.updatePrivacy.mutate({ presence: 'everyone' });
  await shows(other, ['alice', 'bob']);
  await bob.at(1).users.block.mutate({ username: 'alice' });
  await shows(own, ['alice']);
  await shows(other, ['bob']);
  await shows(liveClient({ url: urlOf(0), token: bob.token }).users('alice', 'bob'), ['bob']);
});
