import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal } from '../support/refusal.ts';

it('counts accounts without a session', async () => {
  const { client, user } = await startMirage();
  expect(await client().users.count.query()).toBe(0);
  const { client: alice } = await user('alice');
  await user('bob');
  expect(await client().users.count.query()).toBe(2);
  expect(await alice.users.count.query()).toBe(2);
});

it('shows profiles without a session, but not the e-mail address', async () => {
  const { client, user, clock } = await startMirage();
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');
  const createdAt = new Date(clock()).toISOString();
  clock.advance(1000);

  // `toEqual` allows no other key: neither address nor password nor id.
  for (const reader of [client(), client('made-up'), alice, bob])
    expect(await reader.users.get.query({ username: 'alice' })).toEqual({
      username: 'alice',
      avatarUrl: null,
      description: '',
      createdAt,
    });
});

it.each(['nobody', 'Alice', ' alice', 'alice ', 'alice%', 'alic_', 'x'.repeat(100)])(
  'knows no user "%s"',
  async (username) => {
    const { client, user } = await startMirage();
    await user('alice');
    await expect(client().users.get.query({ username })).rejects.toMatchObject({
      data: { reason: 'USER_NOT_FOUND', httpStatus: 404 },
    });
  },
);

it.each([
  ['empty', ''],
  ['101 characters long', 'x'.repeat(101)],
  ['one with U+0000', 'a\0'],
  ['one with half of a surrogate pair', 'a\ud800'],
])('refuses a user name that is %s', async (_, username) => {
  const { client } = await startMirage();
  await expect(client().users.get.query({ username })).rejects.toMatchObject(refusal('INVALID_INPUT'));
});
