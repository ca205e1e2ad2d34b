import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { refused, runCommand } from '../support/command.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { uploadFile } from '../support/shared-files.ts';

/** Ada and Bob have sent each other a file. */
async function setup() {
  const mirage = await startMirage();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const send = async (from: typeof ada, recipient: string, content: string) => {
    const { id } = await uploadFile(
      { url: mirage.url, token: from.token },
      { recipient },
      { content, name: 'note.txt' },
    );
    await from.client.inbox.sendMessage.mutate({ recipient, text: '', attachments: [id] });
    return id;
  };
  const sent = await send(ada, 'bob', 'from Ada');
  const received = await send(bob, 'ada', 'from Bob');
  return { ...mirage, ada, sent, received };
}

it('names the files of the messages of a user, and what they have uploaded', async () => {
  const { sent, received, folder, url, ada, clock } = await setup();
  const content = new Uint8Array(
    await sharp({ create: { width: 300, height: 300, channels: 3, background: '#345' } })
      .png()
      .toBuffer(),
  );
  const picture = { content, name: 'me.png', type: 'image/png' };
  clock.advance(1);
  const { id: fileId } = await uploadFile({ url, token: ada.token }, { recipient: 'ada' }, picture);
  clock.advance(1);
  const { avatarUrl } = await ada.client.users.setAvatar.mutate({ fileId });
  const exported = JSON.parse((await runCommand(['export', 'ada'], { folder })).stdout);
  const facts = { name: 'note.txt', size: 8, mediaType: 'text/plain' };
  expect(exported.inboxMessages.map(({ files }: { files: object[] }) => files)).toEqual([
    [{ id: received, ...facts }],
    [{ id: sent, ...facts }],
  ]);
  expect(exported.files).toEqual([
    { id: sent, ...facts, roomId: null, recipient: 'bob', createdAt: expect.any(String), messages: 1 },
    expect.objectContaining({ id: fileId, name: 'me.png', recipient: 'ada', messages: 0 }),
    expect.objectContaining({ name: 'avatar.webp', roomId: null, recipient: null, messages: 0 }),
  ]);
  expect(exported.profile).toMatchObject({ avatarUrl });
});

it('writes what the user has uploaded, and nothing of others', async () => {
  const { sent, folder } = await setup();
  const target = join(await temporaryFolder(), 'of ada');
  const exported = JSON.parse((await runCommand(['export', 'ada', '--files', target], { folder })).stdout);
  expect(exported.files).toMatchObject([{ id: sent, path: `${sent}/note.txt` }]);
  expect(readFileSync(join(target, sent, 'note.txt'), 'utf8')).toBe('from Ada');

  for (const entry of readdirSync(join(folder, 'files'), { recursive: true, withFileTypes: true }))
    if (entry.isFile() && entry.name !== 'installation') rmSync(join(entry.parentPath, entry.name));
  const { code, stdout, stderr } = await runCommand(['export', 'ada', '--files', target], { folder });
  expect([code, stderr]).toEqual([0, `the file ${sent}, note.txt, is missing from the storage\n`]);
  expect(JSON.parse(stdout).files).toMatchObject([{ id: sent, path: null }]);

  expect(
    await runCommand(['export', 'ada', '--files', target], { folder, env: { FILES_URL: 'off' } }),
  ).toEqual(refused(/FILES_URL is off/));
});
