// cspell:ignore Straße STRASSE Οδυσσέας ΟΔΟΣ οδος
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { refusal, tally } from '../support/refusal.ts';
import type { User } from './support.ts';

const find = async ({ client }: User, prefix: string, limit?: number) =>
  (await client.users.search.query({ prefix, ...(limit && { limit }) })).map(({ username }) => username);

it('finds users by how their names begin, in any letter case', async () => {
  const { user } = await startMirage();
  const names = ['Ada', 'adam', 'ADELE', 'bob', 'Straße', 'Οδυσσέας', 'ΟΔΟΣ', '李雷', 'a_d'];
  const users = await Promise.all(names.map((name) => user(name)));
  const ada = users[0] ?? expect.fail('there is no Ada');
  await ada.client.users.updateProfile.mutate({ avatarUrl: 'https://example.com/ada.png' });

  expect(await ada.client.users.search.query({ prefix: 'aDa' })).toEqual([
    { username: 'Ada', avatarUrl: 'https://example.com/ada.png' },
    { username: 'adam', avatarUrl: null },
  ]);
  expect(await find(ada, 'AD')).toEqual(['Ada', 'adam', 'ADELE']);
  expect(await find(ada, 'ad', 2)).toEqual(['Ada', 'adam']);
  expect(await find(ada, 'STRASSE')).toEqual(['Straße']);
  expect(await find(ada, 'οδ')).toEqual(['ΟΔΟΣ', 'Οδυσσέας']);
  expect(await find(ada, 'οδος')).toEqual(['ΟΔΟΣ']);
  expect(await find(ada, '李')).toEqual(['李雷']);
  // Taken as text, and only from the beginning.
  for (const prefix of ['a%', '%', 'dam', "'", ' ada']) expect(await find(ada, prefix), prefix).toEqual([]);
  expect(await find(ada, 'a_')).toEqual(['a_d']);
  await expect(find(ada, '')).rejects.toMatchObject(refusal('INVALID_INPUT'));
  await expect(find(ada, 'a', 101)).rejects.toMatchObject(refusal('INVALID_INPUT'));
});

it('finds only those who can be found', async () => {
  const { user, deps } = await startMirage();
  const [ada, adam, adele] = [await user('ada'), await user('adam'), await user('adele')];
  await adam.client.users.updatePrivacy.mutate({ findable: false });
  await deps.db.user.update({ where: { username: 'adele' }, data: { disabledAt: new Date() } });
  expect(await find(ada, 'ad')).toEqual(['ada']);
  expect(await find(adam, 'ad')).toEqual(['ada']);
  await adam.client.users.updatePrivacy.mutate({ findable: true });
  expect(await find(ada, 'ad')).toEqual(['ada', 'adam']);
  expect(adele.username).toBe('adele');
});

it('does not suggest whom one has blocked, and shows nothing to the blocked', async () => {
  const { user } = await startMirage();
  const [ada, adam] = [await user('ada'), await user('adam')];
  await ada.client.users.block.mutate({ username: 'adam' });
  expect(await find(ada, 'ad')).toEqual(['ada']);
  expect(await find(adam, 'ad')).toEqual(['ada', 'adam']);
  await ada.client.users.unblock.mutate({ username: 'adam' });
  expect(await find(ada, 'ad')).toEqual(['ada', 'adam']);
});

it('is limited by user', async () => {
  const { user } = await startMirage({ rateLimit: true });
  const [ada, bob] = [await user('ada'), await user('bob')];
  expect(await tally(Array.from({ length: 121 }, () => find(ada, 'a')))).toEqual({
    ok: 120,
    TOO_MANY_REQUESTS: 1,
  });
  expect(await find(bob, 'a')).toEqual(['ada']);
});

it('reads no more of the index than it answers, whoever cannot be found', async () => {
  const { user, deps } = await startMirage();
  const ada = await user('ada');
  await deps.db.user.createMany({
    data: Array.from({ length: 2000 }, (_, index) => ({
      username: `hidden${index}`,
      searchName: `hidden${index}`,
      email: `hidden${index}`,
      password: '',
      findable: false,
    })),
  });
  await user('hidden');
  expect(await find(ada, 'hid')).toEqual(['hidden']);
});

it('finds accounts from before names were kept for searching', async () => {
  const { user, deps, close } = await startMirage();
  await user('Zoë');
  await deps.db.user.updateMany({ data: { searchName: null } });
  const { databaseUrl } = deps.config;
  await close();
  const again = await startMirage({ databaseUrl });
  expect(await find(await again.user('ada'), 'zoë')).toEqual(['Zoë']);
});
