import { describe, expect, it } from 'vitest';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { shown, shows } from '../support/presence.ts';
import { startWithRoommates, type User } from './support.ts';

/** Alice and bob are roommates, and carol is not; all are in a public room. */
async function startInPublic() {
  const mirage = await startWithRoommates();
  const { alice, bob, carol } = mirage;
  const { id: roomId } = await alice.client.chat.createRoom.mutate({ name: 'general' });
  for (const { client } of [bob, carol]) await client.chat.joinRoom.mutate({ name: 'general' });
  return { ...mirage, roomId };
}

describe.each(transports)('over %s', (transport) => {
  async function setup() {
    const mirage = await startInPublic();
    const watch = ({ token }: User, roomId = mirage.roomId) =>
      liveClient({ url: mirage.url, token, transport }).presence(roomId);
    return { ...mirage, watch };
  }

  it('shows to nobody who does not want it, not even that somebody has left', async () => {
    const { alice, bob, carol, watch } = await setup();
    await alice.client.users.updatePrivacy.mutate({ presence: 'nobody' });
    const watching = watch(bob);
    await shows(watching, ['bob']);
    const own = watch(alice);
    const third = watch(carol);
    await shows(own, ['alice', 'bob', 'carol']);
    await shows(watching, ['bob', 'carol']);
    own.stop();
    third.stop();
    await shows(watching, ['bob']);
    expect(JSON.stringify(watching.events)).not.toContain('alice');
    expect(JSON.stringify(third.events)).not.toContain('alice');
  });

  it('shows to roommates, also in public rooms, and to no others', async () => {
    const { alice, bob, carol, watch } = await setup();
    await alice.client.users.updatePrivacy.mutate({ presence: 'roommates' });
    const early = [watch(bob), watch(carol)] as const;
    await shows(early[1], ['bob', 'carol']);
    watch(alice);
    await shows(early[0], ['alice', 'bob', 'carol']);
    const late = [watch(bob), watch(carol)] as const;
    await shows(late[0], ['alice', 'bob', 'carol']);
    await shows(late[1], ['bob', 'carol']);
    expect(JSON.stringify([early[1].events, late[1].events])).not.toContain('alice');
  });

  it('changes at once with the setting', async () => {
    const { alice, bob, carol, roomId, watch } = await setup();
    const [own, roommate, stranger] = [watch(alice), watch(bob), watch(carol)];
    const all = ['alice', 'bob', 'carol'];
    for (const watching of [own, roommate, stranger]) await shows(watching, all);
    await alice.client.chat.setTyping.mutate({ roomId, isTyping: true });
    await shows(stranger, all, ['alice']);

    await alice.client.users.updatePrivacy.mutate({ presence: 'roommates' });
    await shows(stranger, ['bob', 'carol']);
    await alice.client.users.updatePrivacy.mutate({ presence: 'nobody' });
    await shows(roommate, ['bob', 'carol']);
    await shows(own, all, ['alice']);
    await alice.client.users.updatePrivacy.mutate({ presence: 'everyone' });
    for (const watching of [roommate, stranger])
      await watching.until(() => shown(watching).online.length === 3);
  });

  it('changes with who is a roommate', async () => {
    const { alice, bob, carol, vault, vaultId, watch } = await setup();
    await alice.client.users.updatePrivacy.mutate({ presence: 'roommates' });
    watch(alice);
    const [former, stranger] = [watch(bob), watch(carol)];
    await shows(former, ['alice', 'bob', 'carol']);
    await shows(stranger, ['bob', 'carol']);
    await carol.client.chat.joinRoom.mutate(vault);
    await shows(stranger, ['alice', 'bob', 'carol']);
    await bob.client.chat.leaveRoom.mutate({ roomId: vaultId });
    await shows(former, ['bob', 'carol']);
    await alice.client.chat.deleteRoom.mutate({ roomId: vaultId });
    await shows(stranger, ['bob', 'carol']);
  });

  it('hides the two sides of a block from each other, and from nobody else', async () => {
    const { alice, bob, carol, roomId, watch } = await setup();
    const [blocker, blocked, third] = [watch(alice), watch(bob), watch(carol)];
    const all = ['alice', 'bob', 'carol'];
    for (const watching of [blocker, blocked, third]) await shows(watching, all);

    await alice.client.users.block.mutate({ username: 'bob' });
    await shows(blocker, ['alice', 'carol']);
    await shows(blocked, ['bob', 'carol']);
    await bob.client.chat.setTyping.mutate({ roomId, isTyping: true });
    await shows(third, all, ['bob']);
    const late = watch(alice);
    await shows(late, ['alice', 'carol']);
    expect(JSON.stringify([late.events, blocker.events.slice(-1)])).not.toContain('"typing":["bob"]');

    await alice.client.users.unblock.mutate({ username: 'bob' });
    await shows(blocker, all, ['bob']);
    await blocked.until(() => shown(blocked).online.length === 3);
  });

  it('does not show a block to one who was alone', async () => {
    const { alice, bob, carol, watch } = await setup();
    const blocked = watch(bob);
    await shows(blocked, ['bob']);
    await alice.client.users.block.mutate({ username: 'bob' });
    const own = watch(alice);
    await shows(own, ['alice']);
    own.stop();
    const third = watch(carol);
    await shows(blocked, ['bob', 'carol']);
    third.stop();
    await shows(blocked, ['bob']);
    await alice.client.users.unblock.mutate({ username: 'bob' });
    watch(carol);
    await shows(blocked, ['bob', 'carol']);
    expect(JSON.stringify(blocked.events)).not.toContain('alice');
  });
});
