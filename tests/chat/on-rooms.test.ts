import { describe, expect, it } from 'vitest';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { roomList } from '../support/room-list.ts';

describe.each(transports)('over %s', (transport) => {
  async function setup() {
    const mirage = await startRoom();
    const open = ({ token } = mirage.alice) => liveClient({ url: mirage.url, token, transport });
    const follow = async (who = mirage.alice) => {
      const following = open(who).rooms();
      await following.until(() => following.words.includes('state'));
      const shows = (list: Record<string, [number, string | null]>) =>
        following.until(() => JSON.stringify(roomList(following.events)) === JSON.stringify(list));
      return { ...following, shows };
    };
    const say = (who: typeof mirage.alice, text: string, roomId = mirage.roomId) =>
      who.client.chat.sendMessage.mutate({ roomId, text });
    return { ...mirage, open, follow, say };
  }

  it('begins with all joined rooms', async () => {
    const { alice, bob, say, follow, roomId } = await setup();
    await alice.client.chat.createRoom.mutate({ name: 'secret', password: 'swordfish' });
    await say(bob, 'hello');
    await say(bob, 'x'.repeat(200));
    const { events } = await follow();
    const lastMessage = {
      id: expect.any(String),
      username: 'bob',
      text: 'x'.repeat(140),
      createdAt: expect.any(String),
      kind: 'user',
    };
    const facts = {
      createdBy: 'alice',
      topic: '',
      history: 'ephemeral',
      role: 'owner',
      mutedUntil: null,
      mentions: 0,
      readUpTo: '0-0',
    };
    expect(events).toEqual([
      {
        id: expect.any(String),
        data: {
          type: 'state',
          complete: true,
          position: expect.stringMatching(/^\d+-[a-z0-9]+-\d+-\d+$/),
          rooms: [
            { id: roomId, name: 'general', isPrivate: false, unread: 2, lastMessage, ...facts },
            {
              id: expect.any(Number),
              name: 'secret',
              isPrivate: true,
              unread: 0,
              lastMessage: null,
              ...facts,
            },
          ],
        },
      },
    ]);
    expect(await alice.client.chat.listJoinedRooms.query()).toMatchObject([
      { name: 'general', unread: 2 },
      { name: 'secret', unread: 0 },
    ]);
  });

  it('counts messages by others in all sessions, until one of them has read them', async () => {
    const { alice, bob, say, follow, roomId } = await setup();
    const [here, there, others] = [await follow(), await follow(), await follow(bob)];
    await say(bob, 'one');
    const { id: two } = await say(bob, 'two');
    await Promise.all([here, there].map(({ shows }) => shows({ general: [2, 'two'] })));
    await others.shows({ general: [0, 'two'] });
    const { id: three } = await say(bob, 'three');
    expect(await alice.client.chat.markRead.mutate({ roomId, upTo: two })).toMatchObject({ unread: 1 });
    await Promise.all([here, there].map(({ shows }) => shows({ general: [1, 'three'] })));
    // Marks move forward alone, and not into the future.
    expect(await alice.client.chat.markRead.mutate({ roomId, upTo: '1-0' })).toMatchObject({ unread: 1 });
    expect(await alice.client.chat.markRead.mutate({ roomId, upTo: '999999999999999-0' })).toMatchObject({
      unread: 0,
    });
    await say(bob, 'four');
    await Promise.all([here, there].map(({ shows }) => shows({ general: [1, 'four'] })));
    expect(three).not.toBe(two);
    await say(alice, 'my own');
    await Promise.all([here, there].map(({ shows }) => shows({ general: [1, 'my own'] })));
    await others.shows({ general: [1, 'my own'] });
  });

  it('hears of rooms that are joined, left, muted and deleted in other sessions', async () => {
    const { alice, bob, say, follow, roomId } = await setup();
    const following = await follow();
    const { id: other } = await bob.client.chat.createRoom.mutate({ name: 'other' });
    await say(bob, 'before', other);
    await alice.client.chat.joinRoom.mutate({ name: 'other' });
    await following.shows({ general: [0, null], other: [0, 'before'] });
    await say(bob, 'after', other);
    await following.shows({ general: [0, null], other: [1, 'after'] });
    await alice.client.chat.mute.mutate({ roomId: other });
    await following.until(() => following.words.includes('updated'));
    const [muted] = (await alice.client.chat.listJoinedRooms.query()).slice(1);
    expect(muted?.mutedUntil).toMatch(/^9999-/);
    expect(await alice.client.chat.unmute.mutate({ roomId: other })).toEqual({ mutedUntil: null });
    await bob.client.chat.deleteRoom.mutate({ roomId: other });
    await following.shows({ general: [0, null] });
    expect(following.events).toContainEqual({ type: 'left', roomId: other, reason: 'deleted' });
    await alice.client.chat.leaveRoom.mutate({ roomId });
    await following.shows({});
    expect(following.events).toContainEqual({ type: 'left', roomId, reason: 'left' });
    expect(following.words).toContain('publicRooms');
  });

  it('hears of other names, topics and roles, and of being removed', async () => {
    const { alice, bob, follow, roomId } = await setup();
    const following = await follow(bob);
    const rooms = () => following.events.map((event) => (event as { room?: object }).room);
    const hears = (room: object) =>
      following.until(() => rooms().some((known) => expect.objectContaining(room).asymmetricMatch(known)));
    await alice.client.chat.updateRoom.mutate({ roomId, name: 'hall', topic: 'news' });
    await hears({ id: roomId, name: 'hall', topic: 'news', role: 'member' });
    await following.until(() => following.words.includes('publicRooms'));
    await alice.client.chat.setRole.mutate({ roomId, username: 'bob', role: 'moderator' });
    await hears({ id: roomId, role: 'moderator' });
    await alice.client.chat.transferOwnership.mutate({ roomId, username: 'bob' });
    await hears({ id: roomId, role: 'owner' });
    await bob.client.chat.transferOwnership.mutate({ roomId, username: 'alice' });
    for (const [ban, reason] of [
      [false, 'removed'],
      [true, 'banned'],
    ] as const) {
      await alice.client.chat.removeMember.mutate({ roomId, username: 'bob', ban });
      const left = JSON.stringify({ type: 'left', roomId, reason });
      await following.until(() => following.events.some((event) => JSON.stringify(event) === left));
      if (!ban) await bob.client.chat.joinRoom.mutate({ name: 'hall' });
    }
  });

  it('tells nobody else', async () => {
    const { alice, bob, user, say, follow, roomId } = await setup();
    const mallory = await user('mallory');
    const [stranger, former] = [await follow(mallory), await follow(bob)];
    await bob.client.chat.leaveRoom.mutate({ roomId });
    await former.shows({});
    await say(alice, 'between us');
    await alice.client.chat.createRoom.mutate({ name: 'another' });
    await Promise.all(
      [stranger, former].map(({ until, words }) => until(() => words.includes('publicRooms'))),
    );
    for (const { events } of [stranger, former]) expect(JSON.stringify(events)).not.toContain('between us');
    for (const who of [mallory, bob]) {
      const refused = { data: { reason: 'NOT_A_MEMBER' } };
      await expect(who.client.chat.markRead.mutate({ roomId, upTo: '1-0' })).rejects.toMatchObject(refused);
      await expect(who.client.chat.mute.mutate({ roomId })).rejects.toMatchObject(refused);
      await expect(who.client.chat.unmute.mutate({ roomId })).rejects.toMatchObject(refused);
    }
    await mallory.client.auth.logoutEverywhere.mutate();
    await stranger.ended();
    expect(stranger.ends).toEqual(['UNAUTHORIZED']);
  });

  it('sends at most ten events a second for a room', async () => {
    const { bob, say, follow } = await setup();
    const following = await follow();
    const startedAt = performance.now();
    const total = 300;
    for (let sent = 0; sent < total; sent += 20)
      await Promise.all(Array.from({ length: 20 }, (_, index) => say(bob, `message ${sent + index}`)));
    await following.until(() => Number(roomList(following.events).general?.[0]) >= 100);
    const seconds = (performance.now() - startedAt) / 1000;
    const unread = following.words.filter((word) => word === 'unread');
    expect(unread.length).toBeLessThanOrEqual(Math.ceil(10 * seconds) + 1);
  });
});
