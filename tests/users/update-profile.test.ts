import { expect, it } from 'vitest';
import type { Inputs } from '../../src/client/index.ts';
import { startMirage } from '../support/harness.ts';
import { outcomes, refusal } from '../support/refusal.ts';

type Changes = Inputs['users']['updateProfile'];

async function startWithProfile() {
  const mirage = await startMirage();
  const { client: alice } = await mirage.user('alice');
  await alice.users.updateProfile.mutate({ avatarUrl: 'https://img/1.png', description: 'first' });
  return { ...mirage, alice };
}

const before = { email: 'alice@example.com', avatarUrl: 'https://img/1.png', description: 'first' };

const changes: [what: string, input: Changes, output: object][] = [
  ['nothing', {}, {}],
  ['the avatar', { avatarUrl: ' https://img/2.png ' }, { avatarUrl: 'https://img/2.png' }],
  ['the description', { description: ' second ' }, { description: ' second ' }],
  ['the e-mail address', { email: ' a@x ' }, { email: 'a@x' }],
  [
    'all of it',
    { email: 'a@x', avatarUrl: 'https://b', description: 'c' },
    { email: 'a@x', avatarUrl: 'https://b', description: 'c' },
  ],
  ['the avatar to none', { avatarUrl: '' }, { avatarUrl: null }],
  ['the avatar to a blank one', { avatarUrl: '  ' }, { avatarUrl: null }],
  ['the description to none', { description: '' }, { description: '' }],
  ['the e-mail address to the one it is', { email: before.email }, {}],
  [
    'the description to one of 500 words',
    { description: 'w '.repeat(500) },
    { description: 'w '.repeat(500) },
  ],
];

it.each(changes)('changes only %s', async (_, input, output) => {
  const { alice } = await startWithProfile();

  const updated = await alice.users.updateProfile.mutate(input);

  expect(updated).toMatchObject({ username: 'alice', ...before, ...output });
  expect(await alice.auth.me.query()).toEqual(updated);
});

it('shows changes to others, and changes no other account', async () => {
  const { alice, client, user } = await startWithProfile();
  const { client: bob } = await user('bob');

  await bob.users.updateProfile.mutate({ description: 'bob' });
  await alice.users.updateProfile.mutate({ description: 'second' });

  expect(await client().users.get.query({ username: 'alice' })).toMatchObject({ description: 'second' });
  expect(await client().users.get.query({ username: 'bob' })).toMatchObject({ description: 'bob' });
});

it('refuses the e-mail address of another user and changes nothing', async () => {
  const { alice, user } = await startWithProfile();
  await user('bob');

  await expect(
    alice.users.updateProfile.mutate({ email: ' bob@example.com', description: 'second' }),
  ).rejects.toMatchObject({ data: { reason: 'EMAIL_TAKEN', httpStatus: 409 } });

  expect(await alice.auth.me.query()).toMatchObject(before);
});

it('gives a free e-mail address to one of two concurrent callers', async () => {
  const { user } = await startMirage();
  const { client: alice } = await user('alice');
  const { client: bob } = await user('bob');

  const results = await outcomes(
    [alice, bob].map((client) => client.users.updateProfile.mutate({ email: 'shared@x' })),
  );

  expect(results.sort()).toEqual(['EMAIL_TAKEN', 'ok']);
});

it('frees an e-mail address when its account changes to another', async () => {
  const { alice, user, client } = await startWithProfile();
  const { client: bob } = await user('bob');
  await alice.users.updateProfile.mutate({ email: 'new@x' });
  expect(await bob.users.updateProfile.mutate({ email: before.email })).toMatchObject({
    email: before.email,
  });
  expect(await client().users.count.query()).toBe(2);
});

const refused: [what: string, input: Changes, reason: 'INVALID_INPUT' | 'DESCRIPTION_TOO_LONG'][] = [
  ['a blank e-mail address', { email: ' ' }, 'INVALID_INPUT'],
  ['an avatar of 2049 characters', { avatarUrl: `https://x/${'a'.repeat(2039)}` }, 'INVALID_INPUT'],
  ['an avatar that is no URL', { avatarUrl: 'cat.png' }, 'INVALID_INPUT'],
  ['a description with U+0000', { description: '\0' }, 'INVALID_INPUT'],
  ['a description of 501 words', { description: 'w '.repeat(501) }, 'DESCRIPTION_TOO_LONG'],
];

it.each(refused)('refuses %s and changes nothing', async (_, input, reason) => {
  const { alice } = await startWithProfile();
  await expect(alice.users.updateProfile.mutate(input)).rejects.toMatchObject(refusal(reason));
  expect(await alice.auth.me.query()).toMatchObject(before);
});

it('refuses callers without a session', async () => {
  const { client } = await startMirage();
  for (const token of [undefined, 'made-up'])
    await expect(client(token).users.updateProfile.mutate({})).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});
