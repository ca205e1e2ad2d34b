import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { runCommand, runJson } from '../support/command.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { readShared, uploadFile } from '../support/shared-files.ts';

/** Ada has sent Bob a text and a picture. */
async function setup() {
  const mirage = await startMirage();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const send = async (content: BodyInit, name: string, type = 'text/plain') => {
    const target = { recipient: 'bob' };
    const { id } = await uploadFile({ url: mirage.url, token: ada.token }, target, { content, name, type });
    return ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: name, attachments: [id] });
  };
  await send('hello', 'notes.txt');
  const picture = await sharp({ create: { width: 640, height: 320, channels: 3, background: '#345' } })
    .png()
    .toBuffer();
  await send(picture, 'picture.png', 'image/png');
  const file = join(await temporaryFolder(), 'backup.db');
  return { ...mirage, ada, bob, send, file };
}

/** What Bob gets of each message: the texts of its files and previews, and what he sees of Ada. */
async function received(folder: string, token: string) {
  const { url, client, close } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  const { messages } = await client(token).inbox.listMessages.query();
  const read = await Promise.all(
    messages.map(async ({ text, avatarUrl, attachments: [file] = [] }) => [
      text,
      (await readShared(url, file?.url)).text,
      file?.previewUrl && (await readShared(url, file.previewUrl)).status,
      avatarUrl && (await readShared(url, avatarUrl)).status,
    ]),
  );
  await close();
  return read;
}

const keysIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

it('brings back every attachment and avatar after all has been destroyed', async () => {
  const { file, folder, ada, bob, close } = await setup();
  const { messages } = await ada.client.inbox.listMessages.query();
  const [picture] = messages.flatMap(({ attachments }) => attachments ?? []);
  await ada.client.users.setAvatar.mutate({ fileId: picture?.id ?? null });
  expect(await runCommand(['backup', file], { folder })).toEqual({
    code: 0,
    stdout: '',
    stderr: expect.stringMatching(`^wrote ${file}\nwrote ${file}\\.files, 4 objects with \\d+ bytes\n$`),
  });
  await close();
  const before = await received(folder, bob.token);
  expect(before).toEqual([
    ['picture.png', expect.stringContaining('PNG'), 200, 200],
    ['notes.txt', 'hello', undefined, 200],
  ]);
  rmSync(folder, { recursive: true });
  const elsewhere = await temporaryFolder();
  expect(await runJson(['restore', file], { folder: elsewhere })).toEqual([{ file, before: null }]);
  expect(await received(elsewhere, bob.token)).toEqual(before);
  expect(await runJson(['files', 'verify', '--hashes'], { folder: elsewhere })).toEqual([
    { objects: 4, recent: 0, problems: 0 },
  ]);
});

it('copies only what the database refers to, without taking space, and refreshes an earlier backup', async () => {
  const { file, folder, ada, send, ...mirage } = await setup();
  const { id } = await send('soon gone', 'secret.txt');
  const [first] = await runJson<{ files: { objects: number } }>(['backup', file], { folder });
  expect(first?.files.objects).toBe(4);
  for (const path of keysIn(`${file}.files`)) expect(statSync(path).nlink).toBe(2);

  await ada.client.inbox.deleteMessage.mutate({ id });
  mirage.clock.advance(30_000);
  await mirage.deps.files?.sweep();
  await send('new', 'new.txt');
  await send('newer', 'newer.txt');
  expect(await runJson(['backup', file, '--yes'], { folder })).toEqual([
    {
      file,
      files: { folder: `${file}.files`, objects: 5, bytes: expect.any(Number), missing: [], changed: [] },
    },
  ]);
  expect(keysIn(`${file}.files`).map((path) => readFileSync(path, 'utf8'))).not.toContain('soon gone');
});

it('keeps the previous files beside the restored ones', async () => {
  const { file, folder, bob, send, close } = await setup();
  await runCommand(['backup', file], { folder });
  await send('later', 'later.txt');
  await close();
  const { code, stderr } = await runCommand(['restore', file, '--yes'], { folder });
  const aside = /the previous files are now in (.*)\n/.exec(stderr)?.[1] ?? '';
  expect(code).toBe(0);
  expect(keysIn(aside).map((path) => readFileSync(path, 'utf8'))).toContain('later');
  expect(await received(folder, bob.token)).toHaveLength(2);
});

it('can leave the files out, and says what is then missing', async () => {
  const { file, folder, close } = await setup();
  expect(await runJson(['backup', file, '--no-files'], { folder })).toEqual([{ file }]);
  expect(existsSync(`${file}.files`)).toBe(false);
  await close();
  const elsewhere = await temporaryFolder();
  expect(await runJson(['restore', file], { folder: elsewhere })).toEqual([
    { file, before: null, missing: 3 },
  ]);
  // Where the files still are, nothing is missing.
  expect(await runJson(['restore', file, '--yes'], { folder })).toEqual([
    { file, before: expect.any(String) },
  ]);
});

it('names what is missing from the storage, or is not what was stored', async () => {
  const { file, folder, close } = await setup();
  await close();
  const [gone, spoiled] = keysIn(`${folder}/files`)
    .filter((path) => !path.includes('-320') && !path.endsWith('installation'))
    .sort();
  if (gone === undefined || spoiled === undefined) throw new Error('two files');
  rmSync(gone);
  writeFileSync(spoiled, 'spoiled');
  const [result] = await runJson<{ files: object }>(['backup', file], { folder });
  expect(result?.files).toMatchObject({
    missing: [gone.split('/').at(-1)],
    changed: [spoiled.split('/').at(-1)],
  });
});

it('names the bucket that it does not copy', async () => {
  const { file, folder } = await setup();
  const env = { FILES_URL: 's3://chat-files/of/mirage?endpoint=http://127.0.0.1:9' };
  expect(await runCommand(['backup', file], { folder, env })).toEqual({
    code: 0,
    stdout: '',
    stderr: `wrote ${file}\nit does not include the files, which are in the bucket chat-files under of/mirage/\n`,
  });
});

it('changes neither the database nor the files if the backup is damaged', async () => {
  const { file, folder, bob, close } = await setup();
  await runCommand(['backup', file], { folder });
  await close();
  const before = await received(folder, bob.token);
  writeFileSync(file, 'These are notes.\n'.repeat(1000));
  expect(await runCommand(['restore', file, '--yes'], { folder })).toMatchObject({ code: 1 });
  expect(readdirSync(folder).filter((name) => /restor/.test(name))).toEqual([]);
  expect(await received(folder, bob.token)).toEqual(before);
});
