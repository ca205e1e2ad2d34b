import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

const hour = 3_600_000;
const unauthorized = refusal('UNAUTHORIZED');

it('expires a session after SESSION_TTL without use, to the millisecond', async () => {
  const { user, clock } = await startMirage({ sessionTtlMs: hour });
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');

  clock.advance(hour - 1);
  await alice.auth.me.query();
  clock.advance(1);

  await expect(bob.auth.me.query()).rejects.toMatchObject(unauthorized);
  await alice.auth.me.query();
});

it('lasts 30 days by default', async () => {
  const { user, clock } = await startMirage();
  const { client: alice } = await user('alice');
  clock.advance(30 * 24 * hour - 1);
  await alice.auth.me.query();
  clock.advance(30 * 24 * hour);
  await expect(alice.auth.me.query()).rejects.toMatchObject(unauthorized);
});

it('extends a session in use repeatedly', async () => {
  const { user, clock } = await startMirage({ sessionTtlMs: hour });
  const { client: alice } = await user('alice');
  for (let turn = 0; turn < 5; turn += 1) {
    clock.advance(hour / 2);
    await alice.auth.me.query();
  }
  clock.advance(hour);
  await expect(alice.auth.me.query()).rejects.toMatchObject(unauthorized);
});

it('does not extend other sessions of the same user', async () => {
  const { user, client, clock } = await startMirage({ sessionTtlMs: hour });
  const { client: laptop, username, password } = await user('alice');
  const { token } = await client().auth.login.mutate({ username, password });

  clock.advance(hour / 2);
  await laptop.auth.me.query();
  clock.advance(hour / 2);

  await laptop.auth.me.query();
  await expect(client(token).auth.me.query()).rejects.toMatchObject(unauthorized);
});

it('does not write to the database at every use of a session', async () => {
  const { user, clock, deps } = await startMirage({ sessionTtlMs: hour });
  const { client: alice } = await user('alice');
  const expiry = async () => (await deps.db.session.findFirstOrThrow()).expiresAt.getTime();
  const atFirst = await expiry();

  clock.advance(hour / 10);
  await alice.auth.me.query();
  expect(await expiry()).toBe(atFirst);

  clock.advance(1);
  await alice.auth.me.query();
  expect(await expiry()).toBe(clock() + hour);
});

it('never revives an expired session, even if the clock is set back', async () => {
  const { user, client, clock, deps } = await startMirage({ sessionTtlMs: hour });
  const { client: alice, username, password } = await user('alice');
  clock.advance(hour);
  await expect(alice.auth.me.query()).rejects.toMatchObject(unauthorized);

  await client().auth.login.mutate({ username, password });
  clock.advance(-hour);

  await expect(alice.auth.me.query()).rejects.toMatchObject(unauthorized);
  expect(await deps.db.session.count()).toBe(1);
});

it('deletes expired sessions of the user who logs in, and of no other', async () => {
  const { user, client, clock, deps } = await startMirage({ sessionTtlMs: hour });
  const alice = await user('alice');
  await user('bob');
  clock.advance(hour);

  await client().auth.login.mutate({ username: 'alice', password: alice.password });

  const left = await deps.db.session.findMany({ orderBy: { id: 'asc' }, select: { username: true } });
  expect(left.map(({ username }) => username)).toEqual(['bob', 'alice']);
});

it('ends only the current session at logout', async () => {
  const { user, client } = await startMirage();
  const { client: laptop, username, password } = await user('alice');
  const { client: bob } = await user('bob');
  const phone = client((await client().auth.login.mutate({ username, password })).token);

  await laptop.auth.logout.mutate();

  await expect(laptop.auth.me.query()).rejects.toMatchObject(unauthorized);
  await expect(laptop.auth.logout.mutate()).rejects.toMatchObject(unauthorized);
  await phone.auth.me.query();
  await bob.auth.me.query();
});

it('refuses to log out without a session', async () => {
  const { client } = await startMirage();
  await expect(client().auth.logout.mutate()).rejects.toMatchObject(unauthorized);
  await expect(client('made-up').auth.logout.mutate()).rejects.toMatchObject(unauthorized);
});
