import { expect, it } from 'vitest';
import { gonePast } from '../leaving/support.ts';
import { refusal, tally } from '../support/refusal.ts';
import { ada, bob, fakeHost, startHost } from './support.ts';

it('leaves it to the host to remove its users, and makes no account again for a token that is still good', async () => {
  const host = fakeHost({ 'token of ada': ada, 'token of bob': bob });
  const { client, mirage, deps } = await startHost(host);
  await client('token of ada').inbox.sendMessage.mutate({ recipient: 'ada', text: 'a note' });
  await client('token of bob').auth.me.query();
  await client('token of ada').inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
  const leave = () => client('token of ada').auth.deleteAccount.mutate({ password: 'any' });
  expect(await tally([leave()])).toEqual({ MANAGED_BY_HOST: 1 });
  // What is one's own can be had there as well.
  expect(await client('token of ada').auth.exportData.mutate()).toMatchObject({ url: null });

  await mirage.removeUser('ada');
  await expect(mirage.removeUser('ada')).rejects.toMatchObject({ reason: 'USER_NOT_FOUND' });
  await expect(client('token of ada').auth.me.query()).rejects.toMatchObject(refusal('USER_DISABLED'));
  await gonePast(deps, 'ada');
  const { conversations } = await client('token of bob').inbox.listConversations.query({ limit: 5 });
  expect(conversations.map(({ peer }) => peer.username)).toEqual([expect.stringMatching(/^deleted-/)]);
  expect(await deps.db.user.findMany({ select: { username: true } })).toEqual([{ username: 'bob' }]);
});
