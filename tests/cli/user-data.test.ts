import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gonePast } from '../leaving/support.ts';
import { refused, runCommand, runJson } from '../support/command.ts';
import { startRoom } from '../support/live.ts';
import { refusal } from '../support/refusal.ts';
import { uploadFile } from '../support/shared-files.ts';
import { unzip } from '../support/unzip.ts';

it('removes an account on a running server at once, and what is left of it there', async () => {
  const mirage = await startRoom();
  const { alice, bob, roomId, deps } = mirage;
  await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hello' });
  const [removed] = await runJson<{ alias: string }>(['user', 'delete', 'alice', '--yes'], mirage);
  await expect(alice.client.auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
  mirage.clock.advance(60_000); // to that of the command
  await gonePast(deps, 'alice');
  const { conversations } = await bob.client.inbox.listConversations.query({ limit: 5 });
  expect(conversations.map(({ peer }) => peer.username)).toEqual([removed?.alias]);
  const { members } = await bob.client.chat.members.query({ roomId, limit: 5 });
  expect(members).toMatchObject([{ username: 'bob', role: 'owner' }]);
});

it('asks before, and knows who there is', async () => {
  const mirage = await startRoom();
  expect(await runCommand(['user', 'delete', 'nobody', '--yes'], mirage)).toEqual(refused(/user not found/));
  expect(await runCommand(['user', 'delete', 'bob'], mirage)).toEqual(refused(/--yes/));
  expect(await runCommand(['user', 'export', 'nobody', 'x.zip'], mirage)).toEqual(refused(/user not found/));
  await mirage.bob.client.auth.me.query();
});

it('writes the same archive as users get, to a file that was not there before', async () => {
  const mirage = await startRoom();
  const { bob, folder, url } = mirage;
  const { id } = await uploadFile(
    { url, token: bob.token },
    { recipient: 'alice' },
    { content: 'of bob', name: 'b.txt' },
  );
  await bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'hello', attachments: [id] });
  const file = join(folder, 'bob.zip');
  expect((await runCommand(['user', 'export', 'bob', file], mirage)).code).toBe(0);
  expect(await unzip(await readFile(file))).toMatchObject({
    'profile.jsonl': [{ username: 'bob' }],
    'inbox-messages.jsonl': [{ text: 'hello', files: [{ id }] }],
    [`files/${id}/b.txt`]: 'of bob',
  });
  await writeFile(file, 'mine');
  expect(await runCommand(['user', 'export', 'bob', file], mirage)).toEqual(refused(/EEXIST/));
  expect(await readFile(file, 'utf8')).toBe('mine');
});
