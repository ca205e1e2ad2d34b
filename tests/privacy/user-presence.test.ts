import { describe, expect, it } from 'vitest';
import { transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { shows } from '../support/presence.ts';
import { startWithRoommates, type User } from './support.ts';

const all = ['alice', 'bob', 'carol'];

describe.each(transports)('over %s', (transport) => {
  /** Alice and bob are roommates, and carol is not. */
  async function setup() {
    const mirage = await startWithRoommates();
    const open = ({ token }: User) => liveClient({ url: mirage.url, token, transport });
    const watch = (user: User) => open(user).users(...all);
    return { ...mirage, open, watch };
  }

  it('shows to nobody who does not want it, not even that somebody has left', async () => {
    const { alice, bob, carol, open, watch } = await setup();
    await alice.client.users.updatePrivacy.mutate({ presence: 'nobody' });
    const watching = watch(bob);
    await shows(watching, ['bob']);
    const own = watch(alice);
    const third = open(carol).inbox();
    await shows(own, all);
    await shows(watching, ['bob', 'carol']);
    const late = watch(bob);
    await shows(late, ['bob', 'carol']);
    own.stop();
    third.stop();
    await shows(watching, ['bob']);
    await shows(late, ['bob']);
    expect(JSON.stringify([watching.events, late.events])).not.toContain('alice');
  });

  it('shows to roommates and to no others', async () => {
    const { alice, bob, carol, open, watch } = await setup();
    await alice.client.users.updatePrivacy.mutate({ presence: 'roommates' });
    const early = [watch(bob), watch(carol)] as const;
    await shows(early[1], ['bob', 'carol']);
    const present = open(alice).inbox();
    await shows(early[0], all);
    const late = [watch(bob), watch(carol)] as const;
    await shows(late[0], all);
    await shows(late[1], ['bob', 'carol']);
    present.stop();
    for (const watching of [early[0], late[0]]) await shows(watching, ['bob', 'carol']);
    expect(JSON.stringify([early[1].events, late[1].events])).not.toContain('alice');
  });

  it('changes at once with the setting', async () => {
    const { alice, bob, carol, watch } = await setup();
    const [own, roommate, stranger] = [watch(alice), watch(bob), watch(carol)];
    for (const watching of [own, roommate, stranger]) await shows(watching, all);
    await alice.client.users.updatePrivacy.mutate({ presence: 'roommates' });
    await shows(stranger, ['bob', 'carol']);
    await alice.client.users.updatePrivacy.mutate({ presence: 'nobody' });
    await shows(roommate, ['bob', 'carol']);
    await shows(own, all);
    await alice.client.users.updatePrivacy.mutate({ presence: 'everyone' });
    for (const watching of [roommate, stranger]) await shows(watching, all);
    expect(JSON.stringify(own.events)).not.toContain('offline');
  });

  it('changes with who is a roommate', async () => {
    const { alice, bob, carol, vault, vaultId, watch } = await setup();
    for (const { client } of [alice, carol])
      await client.users.updatePrivacy.mutate({ presence: 'roommates' });
    const [own, former, stranger] = [watch(alice), watch(bob), watch(carol)];
    await shows(own, ['alice', 'bob']);
    await shows(former, ['alice', 'bob']);
    await shows(stranger, ['bob', 'carol']);
    await carol.client.chat.joinRoom.mutate(vault);
    for (const watching of [own, former, stranger]) await shows(watching, all);
    await bob.client.chat.leaveRoom.mutate({ roomId: vaultId });
    await shows(former, ['bob']);
    for (const watching of [own, stranger]) await shows(watching, all);
    await alice.client.chat.updateRoom.mutate({ roomId: vaultId, password: null });
    await shows(own, ['alice', 'bob']);
    await shows(stranger, ['bob', 'carol']);
    await alice.client.chat.updateRoom.mutate({ roomId: vaultId, password: 'a new one' });
    for (const watching of [own, stranger]) await shows(watching, all);
    await alice.client.chat.deleteRoom.mutate({ roomId: vaultId });
    await shows(own, ['alice', 'bob']);
    await shows(stranger, ['bob', 'carol']);
  });

  it('hides the two sides of a block from each other, and from nobody else', async () => {
    const { alice, bob, carol, watch } = await setup();
    const [blocker, blocked, third] = [watch(alice), watch(bob), watch(carol)];
    for (const watching of [blocker, blocked, third]) await shows(watching, all);
    await alice.client.users.block.mutate({ username: 'bob' });
    await shows(blocker, ['alice', 'carol']);
    await shows(blocked, ['bob', 'carol']);
    await shows(watch(alice), ['alice', 'carol']);
    await shows(watch(bob), ['bob', 'carol']);
    await shows(watch(carol), all);
    await alice.client.users.unblock.mutate({ username: 'bob' });
    for (const watching of [blocker, blocked, third]) await shows(watching, all);
    expect(JSON.stringify(third.events)).not.toContain('offline');
  });

  it('tells a blocked user nothing of one who was not there', async () => {
    const { alice, bob, carol, open, watch } = await setup();
    const blocked = watch(bob);
    await shows(blocked, ['bob']);
    await alice.client.users.block.mutate({ username: 'bob' });
    const own = watch(alice);
    await shows(own, ['alice']);
    own.stop();
    const third = open(carol).inbox();
    await shows(blocked, ['bob', 'carol']);
    third.stop();
    await shows(blocked, ['bob']);
    await alice.client.users.unblock.mutate({ username: 'bob' });
    open(carol).inbox();
    await shows(blocked, ['bob', 'carol']);
    expect(JSON.stringify(blocked.events)).not.toContain('alice');
  });
});
