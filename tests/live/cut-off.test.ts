import { describe, expect, it, vi } from 'vitest';
import { recheckAccessMs } from '../../src/server/infra/live/timing.ts';
import { watchSubscribers } from '../../src/server/services/operations/recheck-access.ts';
import { type Following, startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { tokenOf } from '../support/token-of.ts';

/**
 * The promise is one second. The server keeps it before it answers the call that ends the access, which the tests check
 * by the subscriptions it still has; that the client hears of it may take longer on a busy machine.
 */
const soonMs = 10_000;

async function expectCut(followings: Following[], reason: string): Promise<void> {
  await Promise.all(followings.map(({ until, ends }) => until(() => ends.length > 0, soonMs)));
  for (const { ends } of followings) expect(ends).toEqual([reason]);
}

describe.each(transports)('over %s, the subscriptions', (transport) => {
  async function setup() {
    const mirage = await startRoom();
    const { alice, bob, url, client, roomId, say } = mirage;
    const second = await tokenOf(client().auth.login.mutate(bob));
    const open = (token: string) => {
      const opened = liveClient({ url, token, transport });
      return { room: opened.room(roomId), presence: opened.presence(roomId), inbox: opened.inbox('0') };
    };
    const all = { bobs: open(bob.token), seconds: open(second), alices: open(alice.token) };
    await Promise.all(
      Object.values(all).flatMap((own) => Object.values(own).map(({ started }) => started())),
    );
    /** Those of alice, and others if given, still get everything; the rest get nothing more. */
    async function expectAlive(...others: Following[]) {
      await say('still here');
      await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'still here' });
      const { room, inbox } = all.alices;
      await Promise.all([room, inbox, ...others].map(({ word }) => word('still here')));
      expect([room.ends, all.alices.presence.ends, inbox.ends]).toEqual([[], [], []]);
    }
    return { ...mirage, ...all, second, expectAlive };
  }

  it('to a room end in every session of a member who leaves it, and those to the inbox continue', async () => {
    const { bob, roomId, bobs, seconds, expectAlive, deps } = await setup();
    await bob.client.chat.leaveRoom.mutate({ roomId });
    expect(deps.hub.size).toBe(5);
    await expectCut([bobs.room, bobs.presence, seconds.room, seconds.presence], 'NOT_A_MEMBER');
    await expectAlive(bobs.inbox, seconds.inbox);
    expect([bobs.room.words, seconds.room.words]).toEqual([[], []]);
  });

  it('of a session end when it logs out, and those of other sessions of the user continue', async () => {
    const { bob, bobs, seconds, expectAlive, deps } = await setup();
    await bob.client.auth.logout.mutate();
    expect(deps.hub.size).toBe(6);
    await expectCut(Object.values(bobs), 'UNAUTHORIZED');
    await expectAlive(seconds.room, seconds.inbox);
  });

  it("of the user's other sessions end when the password is changed", async () => {
    const { bob, bobs, seconds, expectAlive, deps } = await setup();
    await bob.client.auth.changePassword.mutate({
      newPassword: 'another password',
      currentPassword: bob.password,
    });
    expect(deps.hub.size).toBe(6);
    await expectCut(Object.values(seconds), 'UNAUTHORIZED');
    await expectAlive(bobs.room, bobs.inbox);
  });

  it('to a room end for everyone when it is deleted, and those to inboxes continue', async () => {
    const { alice, roomId, bobs, seconds, alices, deps } = await setup();
    await alice.client.chat.deleteRoom.mutate({ roomId });
    expect(deps.hub.size).toBe(3);
    const ended = [bobs, seconds, alices].flatMap(({ room, presence }) => [room, presence]);
    await expectCut(ended, 'ROOM_NOT_FOUND');
    await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'still here' });
    await Promise.all([bobs, seconds, alices].map(({ inbox }) => inbox.word('still here')));
  });

  it('end when their session expires, and keep a session from expiring', async () => {
    const { deps, clock, bobs, seconds, alices, bob } = await setup();
    const { sessionTtlMs } = deps.config;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const stop = watchSubscribers(deps);
      clock.advance(sessionTtlMs / 2);
      vi.advanceTimersByTime(recheckAccessMs);
      await vi.waitFor(async () => {
        const left = await deps.db.session.count({
          where: { expiresAt: { gt: new Date(clock() + sessionTtlMs / 2) } },
        });
        expect(left).toBe(3);
      });
      const ends = { username: bob.username };
      await deps.db.session.updateMany({ where: ends, data: { expiresAt: new Date(clock()) } });
      vi.advanceTimersByTime(recheckAccessMs);
      await expectCut([...Object.values(bobs), ...Object.values(seconds)], 'UNAUTHORIZED');
      expect(Object.values(alices).flatMap(({ ends }) => ends)).toEqual([]);
      stop();
    } finally {
      vi.useRealTimers();
    }
  });

  it('end when a membership is deleted directly in the database, and the others continue', async () => {
    const { deps, bob, roomId, bobs, seconds, expectAlive } = await setup();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const stop = watchSubscribers(deps);
      await deps.db.roomMember.deleteMany({ where: { roomId, username: bob.username } });
      vi.advanceTimersByTime(recheckAccessMs);
      await expectCut([bobs.room, bobs.presence, seconds.room, seconds.presence], 'NOT_A_MEMBER');
      stop();
    } finally {
      vi.useRealTimers();
    }
    await expectAlive(bobs.inbox, seconds.inbox);
  });

  it('keep their session valid for calls as well', async () => {
    const { deps, clock, url, bob, client, roomId } = await startRoom();
    const { sessionTtlMs } = deps.config;
    const step = sessionTtlMs * 0.7;
    const until = (ms: number) => ({ expiresAt: { gte: new Date(ms) }, username: bob.username });
    await liveClient({ url, token: bob.token, transport }).room(roomId).started();
    await vi.waitFor(() => expect(deps.hub.size).toBe(1));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const stop = watchSubscribers(deps);
      for (let time = 0; time < 3; time += 1) {
        clock.advance(step);
        vi.advanceTimersByTime(recheckAccessMs);
        await vi.waitFor(async () => {
          expect(await deps.db.session.count({ where: until(clock() + sessionTtlMs) })).toBe(1);
        });
      }
      stop();
    } finally {
      vi.useRealTimers();
    }
    expect(await client(bob.token).auth.me.query()).toMatchObject({ username: 'bob' });
  });

  it('start from the beginning for a member who left and joined again', async () => {
    const { bob, url, roomId, bobs, say } = await setup();
    await bob.client.chat.leaveRoom.mutate({ roomId });
    await expectCut([bobs.room], 'NOT_A_MEMBER');
    await bob.client.chat.joinRoom.mutate({ name: 'general' });
    const again = liveClient({ url, token: bob.token, transport }).room(roomId);
    await again.started();
    await say('welcome back');
    await again.word('welcome back');
  });

  it('end even if access is revoked while they start', async () => {
    const { bob, url, roomId, deps, alice } = await startRoom();
    for (let round = 0; round < 10; round += 1) {
      const following = liveClient({ url, token: bob.token, transport }).room(roomId);
      await bob.client.chat.leaveRoom.mutate({ roomId });
      await expectCut([following], 'NOT_A_MEMBER');
      await bob.client.chat.joinRoom.mutate({ name: 'general' });
    }
    expect([deps.hub.size, alice.username]).toEqual([0, 'alice']);
  });
});
