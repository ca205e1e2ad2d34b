import { expect, it, vi } from 'vitest';
import { exported, gonePast } from '../leaving/support.ts';
import { tally } from '../support/refusal.ts';
import { unzip } from '../support/unzip.ts';
import { startCluster } from './support/cluster.ts';

it('ends access at both servers at once, and renames what Redis holds at both', async () => {
  const cluster = await startCluster();
  const [ada, bob] = [await cluster.user('ada'), await cluster.user('bob')];
  const { id: roomId } = await ada.at(0).chat.createRoom.mutate({ name: 'ring' });
  await bob.at(1).chat.joinRoom.mutate({ name: 'ring' });
  const said = await ada.at(1).chat.sendMessage.mutate({ roomId, text: 'held in Redis' });
  await bob.at(0).chat.sendMessage.mutate({ roomId, text: '@ada hello', replyTo: said.id });
  await bob.at(1).chat.react.mutate({ roomId, id: said.id, emoji: '👍' });
  await ada.at(0).chat.react.mutate({ roomId, id: said.id, emoji: '👍' });
  const remove = (node: number) => ada.at(node).auth.deleteAccount.mutate({ password: ada.password });
  const { ok, ...others } = await tally([remove(0), remove(1)]);
  expect([ok, Object.keys(others)]).toEqual([1, ['UNAUTHORIZED']]);
  expect(await tally([ada.at(0).auth.me.query(), ada.at(1).auth.me.query()])).toEqual({ UNAUTHORIZED: 2 });
  const { deps } = cluster.servers[0] ?? expect.fail('there is no server');
  await gonePast(deps, 'ada');
  const { alias } = (await deps.db.departure.findFirst()) ?? {};
  for (const node of [0, 1])
    await vi.waitFor(async () => {
      const messages = await bob.at(node).chat.listMessages.query({ roomId });
      expect(messages).toMatchObject([
        { username: alias, reactions: [{ users: ['bob', alias] }] },
        { username: 'bob', mentions: [alias], replyTo: { sender: alias } },
      ]);
    });
  expect((await bob.at(0).chat.members.query({ roomId, limit: 5 })).members).toMatchObject([
    { username: 'bob', role: 'owner' },
  ]);
});

it('makes an archive at one of two servers, which both give', async () => {
  const cluster = await startCluster();
  const ada = await cluster.user('ada');
  await ada.at(0).inbox.sendMessage.mutate({ recipient: 'ada', text: 'a note' });
  await Promise.all([ada.at(0).auth.exportData.mutate(), ada.at(1).auth.exportData.mutate()]);
  const { deps } = cluster.servers[1] ?? expect.fail('there is no server');
  expect(await exported(deps, 'ada')).toMatchObject({ state: 'ready', attempts: 1 });
  for (const node of [0, 1]) {
    const { url } = (await ada.at(node).auth.getExport.query()) ?? {};
    const response = await fetch(new URL(url ?? '', cluster.urlOf(1 - node)));
    expect(await unzip(new Uint8Array(await response.arrayBuffer()))).toMatchObject({
      'inbox-messages.jsonl': [{ text: 'a note' }],
    });
  }
});
