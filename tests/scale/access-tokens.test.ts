import { expect, it } from 'vitest';
import { disableAccount } from '../../src/server/services/accounts/accounts.ts';
import { addBot } from '../../src/server/services/accounts/bots.ts';
import { createAccessToken } from '../../src/server/services/sessions/access-tokens.ts';
import { liveClient } from '../support/live-client.ts';
import { refusal, tally } from '../support/refusal.ts';
import { startCluster } from './support/cluster.ts';

const unauthorized = refusal('UNAUTHORIZED');

async function setup() {
  const cluster = await startCluster([{}, {}]);
  const bob = await cluster.user('bob');
  const { id: roomId } = await bob.at(0).chat.createRoom.mutate({ name: 'general' });
  const newToken = async () => {
    const made = await bob.at(0).auth.createToken.mutate({ name: 'script', scopes: ['chat:read'] });
    return { ...made, at: (node: number) => cluster.api(node, made.token) };
  };
  return { ...cluster, bob, roomId, newToken };
}

it('works at every server, and at none once it was revoked at one', async () => {
  const { bob, roomId, newToken, urlOf } = await setup();
  for (let round = 0; round < 5; round += 1) {
    const { id, token, at } = await newToken();
    const followed = [0, 1].map((node) => liveClient({ url: urlOf(node), token }).room(roomId));
    await Promise.all(followed.map(({ started }) => started()));
    for (const node of [0, 1]) await at(node).auth.me.query();
    await bob.at(round % 2).auth.revokeToken.mutate({ id });
    for (const node of [0, 1]) await expect(at(node).auth.me.query()).rejects.toMatchObject(unauthorized);
    await Promise.all(followed.map(({ ended }) => ended()));
    expect(followed.map(({ ends }) => ends)).toEqual([['UNAUTHORIZED'], ['UNAUTHORIZED']]);
  }
});

it('ends at every server when the account is disabled at one', async () => {
  const { servers, newToken } = await setup();
  const { at } = await newToken();
  for (const node of [0, 1]) await at(node).auth.me.query();
  const [server] = servers;
  if (server) await disableAccount(server.deps, 'bob');
  for (const node of [0, 1]) await expect(at(node).auth.me.query()).rejects.toMatchObject(unauthorized);
});

it('counts those that are made at two servers at the same moment', async () => {
  const maxPerUser = { rooms: 9, memberships: 9, sessions: 9, tickets: 9, tokens: 3 };
  const { user } = await startCluster([{ maxPerUser }, { maxPerUser }]);
  const bob = await user('bob');
  const making = Array.from({ length: 12 }, (_, index) =>
    bob.at(index % 2).auth.createToken.mutate({ name: 'script', scopes: ['chat:read'] }),
  );
  expect(await tally(making)).toEqual({ ok: 3, TOKEN_LIMIT: 9 });
});

it('marks what a bot writes at every server, as soon as it was made at one', async () => {
  const { servers, bob, roomId, api } = await setup();
  const [first] = servers;
  if (!first) throw new Error('there is no server');
  for (let round = 0; round < 3; round += 1) {
    const username = `courier${round}`;
    await addBot(first.deps, { username });
    const scopes = ['chat:read', 'chat:write'];
    const { token } = await createAccessToken(first.deps, { username, name: 'script', scopes });
    await api(1, token).chat.joinRoom.mutate({ name: 'general' });
    await api(1, token).chat.sendMessage.mutate({ roomId, text: username });
    for (const node of [0, 1])
      expect((await bob.at(node).chat.listMessages.query({ roomId })).at(-1)).toMatchObject({
        text: username,
        isBot: true,
      });
  }
});
