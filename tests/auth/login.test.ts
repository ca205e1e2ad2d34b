import { TRPCClientError } from '@trpc/client';
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

/** The error as it came over the wire. */
async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const error = await call.catch((reason: unknown) => reason);
  return error instanceof TRPCClientError ? error.shape : expect.fail('the call went well');
}

it('answers an unknown user exactly like a wrong password', async () => {
  const { client, user } = await startMirage();
  await user('alice');
  const login = (username: string) => client().auth.login.mutate({ username, password: 'wrong' });

  const unknownUser = await errorOf(login('nobody'));

  expect(unknownUser).toEqual(await errorOf(login('alice')));
  expect(unknownUser).toMatchObject({ data: { reason: 'INVALID_CREDENTIALS', httpStatus: 401 } });
});

it('compares user names and passwords case-sensitively', async () => {
  const { client, user } = await startMirage();
  await user('Alice', 'open sesame');
  const wrong = [
    ['alice', 'open sesame'],
    ['Alice', 'Open sesame'],
    ['Alice', 'open sesame '],
    ["Alice' --", 'open sesame'],
  ] as const;
  for (const [username, password] of wrong)
    await expect(client().auth.login.mutate({ username, password })).rejects.toMatchObject(
      refusal('INVALID_CREDENTIALS'),
    );
});

it('refuses the password of another user', async () => {
  const { client, user } = await startMirage();
  const { password } = await user('alice');
  await user('mallory');
  await expect(client().auth.login.mutate({ username: 'mallory', password })).rejects.toMatchObject(
    refusal('INVALID_CREDENTIALS'),
  );
});

it('refuses the stored hash as a password', async () => {
  const { client, user, deps } = await startMirage();
  await user('alice');
  const { password } = await deps.db.user.findUniqueOrThrow({ where: { username: 'alice' } });
  await expect(client().auth.login.mutate({ username: 'alice', password })).rejects.toMatchObject(
    refusal('INVALID_CREDENTIALS'),
  );
});

it('refuses every password for an account with an unknown hash format', async () => {
  const { client, user, deps } = await startMirage();
  await user('alice');
  for (const password of ['', 'plain text', '$2b$10$abc']) {
    await deps.db.user.update({ where: { username: 'alice' }, data: { password } });
    await expect(
      client().auth.login.mutate({ username: 'alice', password: password || ' ' }),
    ).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
  }
});

it('opens a new session at each login', async () => {
  const { client, user } = await startMirage();
  const { username, password, token } = await user('alice');

  const second = await client().auth.login.mutate({ username, password });

  expect(second).toEqual({ username: 'alice', token: expect.stringMatching(/^[\w-]{43}$/) });
  expect(second.token).not.toBe(token);
  for (const each of [token, second.token])
    expect(await client(each).auth.me.query()).toMatchObject({ username: 'alice' });
});

it('opens one session for each of many concurrent logins', async () => {
  const { client, user } = await startMirage();
  const { username, password } = await user('alice');

  const logins = await Promise.all(
    Array.from({ length: 8 }, () => client().auth.login.mutate({ username, password })),
  );

  const tokens = new Set(logins.map(({ token }) => token));
  expect(tokens.size).toBe(8);
  for (const token of tokens) await client(token).auth.me.query();
});
