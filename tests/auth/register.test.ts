import { expect, it } from 'vitest';
import { addMissingMailboxes } from '../../src/server/services/shared/mailboxes.ts';
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
  for (const [index, username] of [
    'Al Ice',
    'al ice',
    'Ольга',
    '李',
    "Robert'); DROP TABLE users;--",
  ].entries()) {
    const password = `password of ${username}`;
    await client().auth.register.mutate({ username, email: `${index}@x`, password });
    expect(await client().auth.login.mutate({ username, password })).toMatchObject({ username });
  }
});

it('keeps user names unique', async () => {
  const { client } = await startMirage();
  await client().auth.register.mutate(alice);

  for (const username of ['alice', ' alice '])
    await expect(
      client().auth.register.mutate({ username, email: 'other@example.com', password: 'another one' }),
    ).rejects.toMatchObject(refusal('USERNAME_TAKEN'));

  await client().auth.login.mutate(alice);
});

it('keeps e-mail addresses unique', async () => {
  const { client } = await startMirage();
  await client().auth.register.mutate(alice);

  await expect(
    client().auth.register.mutate({ username: 'bob', email: ' alice@example.com', password: 'another one' }),
  ).rejects.toMatchObject(refusal('EMAIL_TAKEN'));

  await expect(client().users.get.query({ username: 'bob' })).rejects.toMatchObject(
    refusal('USER_NOT_FOUND'),
  );
});

const spellings = [
  'Alice@example.com',
  'alice@EXAMPLE.com',
  'alice@example.c\uff4fm',
  'alice@example\u3002co\u00adm',
];

it('keeps e-mail addresses unique however they are spelled; the legacy API compares them as the original does', async () => {
  const { client, rest, deps } = await startMirage();
  await client().auth.register.mutate(alice);
  const register = (email: string, username = 'bob') =>
    client().auth.register.mutate({ username, email, password: 'another one' });
  for (const email of spellings)
    await expect(register(email), email).rejects.toMatchObject(refusal('EMAIL_TAKEN'));

  const legacy = (email: string, username: string) =>
    rest('POST', '/api/register', { username, email, password: 'another one' });
  expect(await legacy(alice.email, 'bob')).toEqual([400, { error: ' the user already exists' }]);
  for (const [index, email] of spellings.entries()) expect((await legacy(email, `bob${index}`))[0]).toBe(201);
  await deps.db.user.delete({ where: { username: 'alice' } });
  await expect(register(alice.email)).rejects.toMatchObject(refusal('EMAIL_TAKEN'));
});

it('compares e-mail addresses with those of imported accounts, also of texts that are none', async () => {
  const { client, deps } = await startMirage();
  const imported = ['ALICE@example.c\uff4fm', '\u00c4 Team', 'bob@xn--BCHER-kva.example'];
  await deps.db.user.createMany({
    data: imported.map((email, index) => ({ username: `imported${index}`, email, password: '' })),
  });
  await addMissingMailboxes(deps);
  for (const email of [alice.email, '\u00e4 team', 'bob@b\u00fccher.example'])
    await expect(client().auth.register.mutate({ ...alice, email }), email).rejects.toMatchObject(
      refusal('EMAIL_TAKEN'),
    );
});

it('gives a user name to one of two concurrent callers', async () => {
  const { client } = await startMirage();
  const register = (email: string) =>
    client().auth.register.mutate({ username: 'alice', email, password: `password of ${email}` });

  expect(await tally([register('a@x'), register('b@x')])).toEqual({ ok: 1, USERNAME_TAKEN: 1 });

  expect(await client().users.count.query()).toBe(1);
});

it('gives a mailbox to one of many concurrent callers that spell it differently', async () => {
  const { client } = await startMirage();
  const calls = [alice.email, ...spellings].map((email, index) =>
    client().auth.register.mutate({ username: `user${index}`, email, password: `password of ${index}` }),
  );
  expect(await tally(calls)).toEqual({ ok: 1, EMAIL_TAKEN: spellings.length });
  expect(await client().users.count.query()).toBe(1);
});

it('gives an e-mail address to one of two concurrent callers', async () => {
  const { client } = await startMirage();
  const register = (username: string) =>
    client().auth.register.mutate({ username, email: 'shared@x', password: `password of ${username}` });

  expect(await tally([register('alice'), register('bob')])).toEqual({ ok: 1, EMAIL_TAKEN: 1 });

  expect(await client().users.count.query()).toBe(1);
});
