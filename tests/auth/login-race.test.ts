import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { endOtherSessions } from '../../src/server/services/sessions/end-sessions.ts';
import { startSession } from '../../src/server/services/sessions/sessions.ts';
import { hashing } from '../../src/server/services/shared/passwords.ts';
import { startMirage } from '../support/harness.ts';
import { outcomes, refusal } from '../support/refusal.ts';

it('opens no session with a password that was changed during its verification', async () => {
  const { deps, user, client } = await startMirage();
  const alice = await user('alice');
  const { password: oldHash } = await deps.db.user.findUniqueOrThrow({ where: { username: 'alice' } });

  await alice.client.auth.changePassword.mutate({ newPassword: 'a new password' });

  // Where a login stands that has read the hash before, and compared it.
  expect(
    await startSession(deps, { username: 'alice', passwordHash: oldHash, method: 'password' }),
  ).toBeUndefined();
  expect(await deps.db.session.count()).toBe(1);
  await client().auth.login.mutate({ username: 'alice', password: 'a new password' });
});

it('leaves no session of an old password, however logins and a password change interleave', async () => {
  const { user, client, deps } = await startMirage();
  const alice = await user('alice', 'password 0');
  for (let round = 1; round <= 6; round += 1) {
    const login = () => client().auth.login.mutate({ username: 'alice', password: `password ${round - 1}` });
    const change = alice.client.auth.changePassword.mutate({ newPassword: `password ${round}` });
    const logins = Promise.allSettled(Array.from({ length: 6 }, login));
    await change;
    const settled = await logins;
    const tokens = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.token] : []));
    const alive = await outcomes(tokens.map((token) => client(token).auth.me.query()));
    expect(alive.filter((outcome) => outcome === 'ok')).toEqual([]);
    expect(await deps.db.session.count()).toBe(1);
  }
}, 60_000);

it('accepts concurrent logins with a password that still has a legacy hash', async () => {
  const { user, client, deps } = await startMirage();
  await user('alice');
  await deps.db.user.update({
    where: { username: 'alice' },
    data: { password: hash('sha256', 'right', 'hex') },
  });
  const login = (password: string) => client().auth.login.mutate({ username: 'alice', password });
  expect(await outcomes([login('right'), login('right'), login('right'), login('wrong')])).toEqual([
    'ok',
    'ok',
    'ok',
    'INVALID_CREDENTIALS',
  ]);
});

it('does not change the password for a session that was ended meanwhile', async () => {
  const { user, client, deps } = await startMirage();
  const alice = await user('alice');
  const thief = client((await client().auth.login.mutate(alice)).token);
  const owner = await deps.db.session.findFirstOrThrow({ orderBy: { id: 'asc' } });
  const change = thief.auth.changePassword.mutate({ newPassword: 'a stolen one' });
  // The thief's call has been let in, and waits for the new hash.
  while (hashing.running === 0) await new Promise(setImmediate);
  await endOtherSessions(deps, { id: owner.id, username: 'alice' });
  await expect(change).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  await client().auth.login.mutate(alice);
});
