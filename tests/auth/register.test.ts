import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';

const alice = { username: 'alice', email: 'alice@example.com', password: 'open sesame' };

it('creates an account that can log in', async () => {
  const { client } = await startMirage();

  expect(await client().auth.register.mutate(alice)).toEqual({ username: 'alice' });

  const { token } = await client().auth.login.mutate({ username: 'alice', password: 'open sesame' });
  expect(await client(token).auth.me.query()).toMatchObject({
    username: 'alice',
    email: 'alice@example.com',
    avatarUrl: null,
    description: '',
  });
});

it('does not open a session', async () => {
  const { client, deps } = await startMirage();
  await client().auth.register.mutate(alice);
  expect(await deps.db.session.count()).toBe(0);
});

it('stores avatar, description and the time of registration', async () => {
  const { client, clock } = await startMirage();

  await client().auth.register.mutate({ ...alice, avatarUrl: 'https://img/a.png', description: 'I am A.' });

  expect(await client().users.get.query({ username: 'alice' })).toEqual({
    username: 'alice',
    avatarUrl: 'https://img/a.png',
    description: 'I am A.',
    createdAt: new Date(clock()).toISOString(),
  });
});

it('trims user name, e-mail address and avatar, but neither password nor description', async () => {
  const { client } = await startMirage();

  const registered = await client().auth.register.mutate({
    username: '\t alice \n',
    email: '  alice@example.com ',
    password: '  open sesame ',
    avatarUrl: ' https://img/a.png ',
    description: '  far from the left\n',
  });

  expect(registered).toEqual({ username: 'alice' });
  const login = (password: string) => client().auth.login.mutate({ username: 'alice', password });
  await expect(login('open sesame')).rejects.toMatchObject(refusal('INVALID_CREDENTIALS'));
  const { token } = await login('  open sesame ');
  expect(await client(token).auth.me.query()).toMatchObject({
    email: 'alice@example.com',
    avatarUrl: 'https://img/a.png',
    description: '  far from the left\n',
  });
});

it('preserves letter case and non-Latin scripts', async () => {
  const { client } = await startMirage();
  for (const username of ['Al Ice', 'al ice', 'Ольга', '李', "Robert'); DROP TABLE users;--"]) {
    await client().auth.register.mutate({ username, email: `${username}@x`, password: username });
    expect(await client().auth.login.mutate({ username, password: username })).toMatchObject({ username });
  }
});

it('keeps user names unique', async () => {
  const { client } = await startMirage();
  await client().auth.register.mutate(alice);

  for (const username of ['alice', ' alice '])
    await expect(
      client().auth.register.mutate({ username, email: 'other@example.com', password: 'other' }),
    ).rejects.toMatchObject(refusal('USERNAME_TAKEN'));

  await client().auth.login.mutate(alice);
});

it('keeps e-mail addresses unique', async () => {
  const { client } = await startMirage();
  await client().auth.register.mutate(alice);

  await expect(
    client().auth.register.mutate({ username: 'bob', email: ' alice@example.com', password: 'other' }),
  ).rejects.toMatchObject(refusal('EMAIL_TAKEN'));

  await expect(client().users.get.query({ username: 'bob' })).rejects.toMatchObject(
    refusal('USER_NOT_FOUND'),
  );
});

it('gives a user name to one of two concurrent callers', async () => {
  const { client } = await startMirage();
  const register = (email: string) =>
    client().auth.register.mutate({ username: 'alice', email, password: email });

  expect(await tally([register('a@x'), register('b@x')])).toEqual({ ok: 1, USERNAME_TAKEN: 1 });

  expect(await client().users.count.query()).toBe(1);
});

it('gives an e-mail address to one of two concurrent callers', async () => {
  const { client } = await startMirage();
  const register = (username: string) =>
    client().auth.register.mutate({ username, email: 'shared@x', password: username });

  expect(await tally([register('alice'), register('bob')])).toEqual({ ok: 1, EMAIL_TAKEN: 1 });

  expect(await client().users.count.query()).toBe(1);
});
