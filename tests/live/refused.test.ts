import { describe, expect, it } from 'vitest';
import { followPresence, followRoomMessages } from '../../src/server/services/rooms/room-messages.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';

describe.each(transports)('over %s', (transport) => {
  it.each([
    ['without a token', undefined],
    ['with a token that never was', 'nonsense'],
  ])('refuses every subscription %s', async (_, token) => {
    const { url, roomId, deps } = await startRoom();
    const client = liveClient({ url, transport, ...(token && { token }) });
    for (const following of [client.room(roomId), client.presence(roomId), client.inbox()]) {
      await following.ended();
      expect([following.ends, following.events]).toEqual([['UNAUTHORIZED'], []]);
    }
    expect(deps.hub.size).toBe(0);
  });

  it('refuses subscriptions to non-members, to former members, and to unknown rooms', async () => {
    const { url, roomId, deps, bob, user, say } = await startRoom();
    await say('a secret');
    const mallory = await user('mallory');
    await bob.client.chat.leaveRoom.mutate({ roomId });
    const stranger = liveClient({ url, token: mallory.token, transport });
    const former = liveClient({ url, token: bob.token, transport });
    const attempts = [
      stranger.room(roomId),
      stranger.presence(roomId),
      former.room(roomId, '0-0'),
      former.presence(roomId),
      former.room(999_999),
    ];
    for (const { ended, ends, events } of attempts) {
      await ended();
      expect([ends, events]).toEqual([['NOT_A_MEMBER'], []]);
    }
    expect(deps.hub.size).toBe(0);
  });

  it('accepts members while it refuses a non-member', async () => {
    const { url, roomId, bob, user, say } = await startRoom();
    const mallory = await user('mallory');
    const stranger = liveClient({ url, token: mallory.token, transport }).room(roomId);
    const member = liveClient({ url, token: bob.token, transport }).room(roomId);
    await Promise.all([stranger.ended(), member.started()]);
    await say('a');
    await member.word('a');
    expect(stranger.events).toEqual([]);
  });

  it('delivers inbox events to the owner only', async () => {
    const { url, alice, bob, user } = await startRoom();
    const mallory = await user('mallory');
    const stranger = liveClient({ url, token: mallory.token, transport }).inbox('0');
    const owner = liveClient({ url, token: bob.token, transport }).inbox('0');
    await Promise.all([stranger.started(), owner.started()]);
    const { id } = await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'for bob' });
    await owner.word('for bob');
    await bob.client.inbox.deleteMessage.mutate({ id });
    await owner.word(`deleted ${id}`);
    await alice.client.inbox.sendMessage.mutate({ recipient: 'mallory', text: 'for mallory' });
    await stranger.word('for mallory');
    expect(stranger.words).toEqual(['for mallory']);
  });

  it.each(['x', '1', '-1', '1-', '9'.repeat(20), ' 1-1'])(
    'refuses "%s" as the id of a room message to resume after',
    async (lastEventId) => {
      const { url, roomId, bob } = await startRoom();
      const following = liveClient({ url, token: bob.token, transport }).room(roomId, lastEventId);
      await following.ended();
      expect(following.ends).toEqual(['INVALID_INPUT']);
    },
  );

  it('refuses an overlong event id of the inbox, and reports a gap for an unknown one', async () => {
    const { url, bob } = await startRoom();
    const { inbox } = liveClient({ url, token: bob.token, transport });
    const refused = inbox('x'.repeat(65));
    await refused.ended();
    expect(refused.ends).toEqual(['INVALID_INPUT']);
    for (const lastEventId of ['x', '1-1', '-1', '1.5', '9'.repeat(20), '0x1']) {
      const following = inbox(lastEventId);
      await following.word('gap');
      following.stop();
    }
  });
});

it('checks access again after registering a subscription, for revocations in between', async () => {
  const { deps, roomId, bob, user, client } = await startRoom();
  const mallory = await user('mallory');
  const sessionOf = (username: string) =>
    deps.db.session.findFirstOrThrow({ where: { username }, select: { id: true, username: true } });
  const [stranger, former] = [await sessionOf(mallory.username), await sessionOf(bob.username)];
  await client(bob.token).auth.logout.mutate();
  for (const follow of [followRoomMessages, followPresence]) {
    await expect(follow(deps, { roomId, session: stranger })).rejects.toMatchObject({
      reason: 'NOT_A_MEMBER',
    });
    await expect(follow(deps, { roomId, session: former })).rejects.toMatchObject({ reason: 'UNAUTHORIZED' });
  }
  expect(deps.hub.size).toBe(0);
});
