import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { liveClient } from '../support/live-client.ts';
import { shows } from '../support/presence.ts';
import { outcomes } from '../support/refusal.ts';

/** Alice and bob are in two public rooms; only roommates may see alice and write to her. */
async function setup() {
  const mirage = await startMirage();
  const [alice, bob] = [await mirage.user('alice'), await mirage.user('bob')];
  await alice.client.users.updatePrivacy.mutate({ presence: 'roommates', whoMayWrite: 'roommates' });
  const rooms: number[] = [];
  for (const name of ['square', 'den']) {
    rooms.push((await alice.client.chat.createRoom.mutate({ name })).id);
    await bob.client.chat.joinRoom.mutate({ name });
  }
  const [square = 0, den = 0] = rooms;
  const write = () => outcomes([bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hello' })]);
  const setPassword = (password: string | null) =>
    alice.client.chat.updateRoom.mutate({ roomId: den, password });
  const presence = (token: string) => liveClient({ url: mirage.url, token }).presence(square);
  return { ...mirage, alice, bob, den, write, setPassword, presence };
}

it('makes roommates of the members of a room that becomes private, as long as it is', async () => {
  const { alice, bob, write, setPassword, presence } = await setup();
  const [own, other] = [presence(alice.token), presence(bob.token)];
  await shows(own, ['alice', 'bob']);
  await shows(other, ['bob']);
  expect(await write()).toEqual(['RECIPIENT_UNAVAILABLE']);
  await setPassword('secret');
  await shows(other, ['alice', 'bob']);
  expect(await write()).toEqual(['ok']);
  await setPassword(null);
  await shows(other, ['bob']);
  expect(await write()).toEqual(['RECIPIENT_UNAVAILABLE']);
});

it('makes no roommates of those who are removed, and roommates of those who come by an invitation', async () => {
  const { alice, bob, den, write, setPassword, presence } = await setup();
  await setPassword('secret');
  const [own, other] = [presence(alice.token), presence(bob.token)];
  await shows(own, ['alice', 'bob']);
  await shows(other, ['alice', 'bob']);
  await alice.client.chat.removeMember.mutate({ roomId: den, username: 'bob' });
  await shows(other, ['bob']);
  expect(await write()).toEqual(['RECIPIENT_UNAVAILABLE']);
  const { code } = await alice.client.chat.createInvite.mutate({ roomId: den });
  await bob.client.chat.joinByInvite.mutate({ code });
  await shows(other, ['alice', 'bob']);
  expect(await write()).toEqual(['ok']);
});
