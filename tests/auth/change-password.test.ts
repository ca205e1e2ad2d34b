import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

it('changes the password', async () => {
  const { client, user } = await startMirage();
  const { client: alice, password: currentPassword } = await user('alice');

  await alice.auth.changePassword.mutate({ currentPassword, newPassword: 'a new password' });

  const login = (password: string) => client().auth.login.mutate({ username: 'alice', password });
  await expect(login(currentPassword)).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
  expect(await login('a new password')).toMatchObject({ username: 'alice' });
});

it('refuses a wrong current password and changes nothing', async () => {
  const { client, user } = await startMirage();
  const { client: alice, username, password } = await user('alice');
  const other = await client().auth.login.mutate({ username, password });

  await expect(
    alice.auth.changePassword.mutate({ currentPassword: 'wrong', newPassword: 'a new password' }),
  ).rejects.toMatchObject({ data: { reason: 'WRONG_PASSWORD', httpStatus: 403 } });

  await client(other.token).auth.me.query();
  await client().auth.login.mutate({ username, password });
});

it('does not require the current password if none is sent, like the legacy settings page', async () => {
  const { client, user } = await startMirage();
  const { client: alice, username } = await user('alice');
  await alice.auth.changePassword.mutate({ newPassword: 'a new password' });
  await client().auth.login.mutate({ username, password: 'a new password' });
});

it('ends the other sessions of the user, and keeps the current one', async () => {
  const { client, user } = await startMirage();
  const { client: alice, username, password } = await user('alice');
  const { client: bob } = await user('bob');
  const other = await client().auth.login.mutate({ username, password });

  await alice.auth.changePassword.mutate({ currentPassword: password, newPassword: 'a new password' });

  await expect(client(other.token).auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  await alice.auth.me.query();
  await bob.auth.me.query();
});

it('changes only the password of the caller', async () => {
  const { client, user } = await startMirage();
  const { client: mallory } = await user('mallory');
  const alice = await user('alice');

  await mallory.auth.changePassword.mutate({ newPassword: 'a new password' });

  await client().auth.login.mutate({ username: 'alice', password: alice.password });
});

it('refuses an empty new password, and callers without a session', async () => {
  const { client, user } = await startMirage();
  const { client: alice } = await user('alice');
  await expect(alice.auth.changePassword.mutate({ newPassword: '' })).rejects.toMatchObject(
    refusal('INVALID_INPUT'),
  );
  for (const token of [undefined, 'made-up'])
    await expect(
      client(token).auth.changePassword.mutate({ newPassword: 'a new password' }),
    ).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});

it('returns the caller’s own account, and refuses callers without a session', async () => {
  const { client, user, clock } = await startMirage();
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');
  const createdAt = new Date(clock()).toISOString();

  expect(await alice.auth.me.query()).toEqual({
    username: 'alice',
    email: 'alice@example.com',
    emailVerified: false,
    pendingEmail: null,
    resetMailedAt: null,
    avatarUrl: null,
    description: '',
    createdAt,
  });
  expect(await bob.auth.me.query()).toMatchObject({ username: 'bob', email: 'bob@example.com' });
  for (const token of [undefined, '', 'made-up'])
    await expect(client(token).auth.me.query()).rejects.toMatchObject({
      data: { reason: 'UNAUTHORIZED', httpStatus: 401 },
    });
});
