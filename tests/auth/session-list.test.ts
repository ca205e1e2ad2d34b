import { describe, expect, it } from 'vitest';
import { requireRecentProof } from '../../src/server/services/sessions/proof.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage } from '../support/harness.ts';
import { startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal } from '../support/refusal.ts';

const unauthorized = refusal('UNAUTHORIZED');
const hour = 3_600_000;

async function startWithDevices() {
  const mirage = await startMirage();
  const alice = await mirage.user('alice');
  const { username, password } = alice;
  const { token } = await mirage.client().auth.login.mutate({ username, password, device: ' Phone ' });
  const bob = await mirage.user('bob');
  return { ...mirage, alice, laptop: alice.client, phone: mirage.client(token), phoneToken: token, bob };
}

it('lists the caller’s sessions, newest first, without tokens', async () => {
  const { laptop, phone, clock, bob } = await startWithDevices();
  const now = new Date(clock()).toISOString();
  const first = { id: 1, device: null, createdAt: now, lastUsedAt: now, method: 'password' };
  const second = { ...first, id: 2, device: 'Phone' };

  expect(await laptop.auth.listSessions.query()).toEqual([
    { ...second, current: false },
    { ...first, current: true },
  ]);
  expect(await phone.auth.listSessions.query()).toEqual([
    { ...second, current: true },
    { ...first, current: false },
  ]);
  expect(await bob.client.auth.listSessions.query()).toMatchObject([{ id: 3, current: true }]);
});

it('knows neither of sessions from before how they were opened, nor when their users proved who they are', async () => {
  const { laptop, deps, alice, clock } = await startWithDevices();
  const session = { id: 1, username: alice.username };
  await requireRecentProof(deps, session, hour);
  clock.advance(hour - 1);
  await requireRecentProof(deps, session, hour);
  clock.advance(1);
  await expect(requireRecentProof(deps, session, hour)).rejects.toMatchObject({ reason: 'PROOF_REQUIRED' });

  await deps.db.session.updateMany({ data: { method: null, confirmedAt: null } });
  await expect(requireRecentProof(deps, session, 2 * hour)).rejects.toMatchObject({
    reason: 'PROOF_REQUIRED',
  });
  expect(await laptop.auth.listSessions.query()).toMatchObject([{ method: null }, { method: null }]);
});

it('gives the last use of a session to the hour, and omits expired sessions', async () => {
  const { laptop, phone, clock, deps } = await startWithDevices();
  clock.advance(hour);
  await laptop.auth.me.query();
  clock.advance(1);
  const lately = new Date(clock()).toISOString();
  await laptop.auth.me.query();
  const [second, first] = await laptop.auth.listSessions.query();
  expect(first?.lastUsedAt).toBe(lately);
  expect(second?.lastUsedAt).toBe(second?.createdAt);

  clock.advance(deps.config.sessionTtlMs - hour);
  expect((await laptop.auth.listSessions.query()).map(({ id }) => id)).toEqual([1]);
  await expect(phone.auth.me.query()).rejects.toMatchObject(unauthorized);
});

it('lists more sessions than one statement reads, each once', async () => {
  const { laptop, alice, clock, deps } = await startWithDevices();
  const [createdAt, expiresAt] = [new Date(clock()), new Date(clock() + hour)];
  const tokens = Array.from({ length: 600 }, (_, n) => `hash ${n}`);
  await deps.db.session.createMany({
    data: tokens.map((tokenHash) => ({ tokenHash, username: alice.username, createdAt, expiresAt })),
  });

  const listed = await laptop.auth.listSessions.query();

  const ids = await deps.db.session.findMany({
    where: { username: alice.username },
    orderBy: { id: 'desc' },
    select: { id: true },
  });
  expect(ids).toHaveLength(602);
  expect(listed.map(({ id }) => ({ id }))).toEqual(ids);
  expect(listed[0]?.lastUsedAt).toBe(createdAt.toISOString());
});

it('revokes a session from another session or from itself', async () => {
  const { laptop, phone } = await startWithDevices();
  await laptop.auth.revokeSession.mutate({ id: 2 });
  await expect(phone.auth.me.query()).rejects.toMatchObject(unauthorized);
  await laptop.auth.me.query();
  await laptop.auth.revokeSession.mutate({ id: 1 });
  await expect(laptop.auth.me.query()).rejects.toMatchObject(unauthorized);
});

it("revokes no session of anybody else's, and does not tell whether there is one", async () => {
  const { laptop, bob, client } = await startWithDevices();
  for (const id of [3, 99, 2 ** 40])
    await expect(laptop.auth.revokeSession.mutate({ id })).rejects.toMatchObject(
      refusal('SESSION_NOT_FOUND'),
    );
  for (const token of [undefined, 'made-up'])
    await expect(client(token).auth.revokeSession.mutate({ id: 1 })).rejects.toMatchObject(unauthorized);
  await bob.client.auth.me.query();
  await laptop.auth.me.query();
});

it('ends every session of the user at logoutEverywhere, and none of other users', async () => {
  const { laptop, phone, bob, client, alice } = await startWithDevices();
  await phone.auth.logoutEverywhere.mutate();
  for (const session of [laptop, phone])
    await expect(session.auth.me.query()).rejects.toMatchObject(unauthorized);
  await bob.client.auth.me.query();
  await client().auth.login.mutate({ username: 'alice', password: alice.password });
});

describe.each(transports)('over %s', (transport) => {
  it('ends the subscriptions of a revoked session at once', async () => {
    const { url, bob, client, roomId, say, deps } = await startRoom();
    const { token } = await client().auth.login.mutate(bob);
    const kept = liveClient({ url, token: bob.token, transport });
    const lost = liveClient({ url, token, transport });
    const followings = [lost.room(roomId), lost.inbox(), lost.presence(roomId)];
    const staying = kept.room(roomId);
    await Promise.all([...followings, staying].map(({ started }) => started()));
    const sessions = await bob.client.auth.listSessions.query();
    const other = sessions.find(({ current }) => !current);

    await bob.client.auth.revokeSession.mutate({ id: other?.id ?? 0 });

    await Promise.all(followings.map(({ ended }) => ended()));
    expect(followings.map(({ ends }) => ends)).toEqual([
      ['UNAUTHORIZED'],
      ['UNAUTHORIZED'],
      ['UNAUTHORIZED'],
    ]);
    await say('after');
    await staying.word('after');
    expect(followings[0]?.words).toEqual([]);

    await bob.client.auth.logoutEverywhere.mutate();
    await staying.ended();
    expect([staying.ends, deps.hub.size]).toEqual([['UNAUTHORIZED'], 0]);
  });
});

it('notices within 30 seconds that a session was deleted in the database', async () => {
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  await alice.auth.me.query();
  openDatabaseFile(mirage).exec('DELETE FROM sessions');
  mirage.clock.advance(30_000);
  await expect(alice.auth.me.query()).rejects.toMatchObject(unauthorized);
});

it('keeps a session no longer than stored if extending it fails', async () => {
  const mirage = await startMirage({ sessionTtlMs: 20_000 });
  const { client: alice } = await mirage.user('alice');
  openDatabaseFile(mirage).exec(
    "CREATE TRIGGER full BEFORE UPDATE ON sessions BEGIN SELECT raise(ABORT, 'no room'); END",
  );
  mirage.clock.advance(10_000);
  await expect(alice.auth.me.query()).rejects.toMatchObject(refusal('INTERNAL'));
  mirage.clock.advance(10_000);
  await expect(alice.auth.me.query()).rejects.toMatchObject(unauthorized);
});
