import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refused, runCommand, runJson } from '../support/command.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { uploadFile } from '../support/shared-files.ts';

/** Ada has shared two files with a room and one with Bob; another of hers is in no message. */
async function setup() {
  const mirage = await startMirage();
  const ada = await mirage.user('ada');
  const bob = await mirage.user('bob');
  const { id: roomId } = await ada.client.chat.createRoom.mutate({ name: 'den' });
  const upload = (content: string, name: string, target: Parameters<typeof uploadFile>[1] = { roomId }) =>
    uploadFile({ url: mirage.url, token: ada.token }, target, { content, name });
  const one = await upload('first', 'one.txt');
  const two = await upload('second', 'two.txt');
  const letter = await upload('to you', 'letter.txt', { recipient: 'bob' });
  const unused = await upload('nobody wants it', 'unused.txt');
  const inRoom = await ada.client.chat.sendMessage.mutate({
    roomId,
    text: '',
    attachments: [one.id, two.id],
  });
  await ada.client.inbox.sendMessage.mutate({ recipient: 'bob', text: '', attachments: [letter.id] });
  return { ...mirage, ada, bob, roomId, one, two, letter, unused, inRoom };
}

/** Where the bytes of a file are. */
function pathOf({ folder }: { folder: string }, fileId: string): string {
  const key = openDatabaseFile({ folder })
    .prepare<[string], string>('SELECT content_id FROM files WHERE id = ?')
    .pluck()
    .get(fileId);
  if (key === undefined) throw new Error(`there is no file ${fileId}`);
  return join(folder, 'files', key.slice(0, 2), key.slice(2, 4), key);
}

const stored = (folder: string) =>
  readdirSync(join(folder, 'files'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'installation')
    .map(({ name }) => name);

describe('mirage files list', () => {
  it('prints all files, or those of a user or of a room', async () => {
    const { roomId, one, two, letter, unused, ...mirage } = await setup();
    const names = async (...args: string[]) =>
      (await runJson<{ name: string }>(['files', 'list', ...args], mirage)).map(({ name }) => name).sort();
    expect(await names()).toEqual(['letter.txt', 'one.txt', 'two.txt', 'unused.txt']);
    expect(await names('--room', 'den')).toEqual(['one.txt', 'two.txt', 'unused.txt']);
    expect(await names('--room', String(roomId), '--user', 'ada')).toEqual([
      'one.txt',
      'two.txt',
      'unused.txt',
    ]);
    expect(await names('--user', 'bob')).toEqual([]);
    const all = await runJson<{ id: string }>(['files', 'list'], mirage);
    expect(all.find(({ id }) => id === one.id)).toEqual({
      id: one.id,
      owner: 'ada',
      name: 'one.txt',
      size: 5,
      mediaType: 'text/plain',
      roomId,
      recipient: null,
      createdAt: expect.any(String),
      messages: 1,
    });
    const { stdout } = await runCommand(['files', 'list'], mirage);
    expect(stdout).toMatch(/^id +user +room .*\n(.*\n)*.*bob +6 +text\/plain .* 1 +letter\.txt\n/);
    expect(await runCommand(['files', 'list', '--user', 'nobody'], mirage)).toEqual(
      refused(/user not found/),
    );
    expect(await runCommand(['files', 'list', '--room', 'attic'], mirage)).toEqual(refused(/room not found/));
  });
});

describe('mirage files usage', () => {
  it('prints what each user and all users have stored', async () => {
    const { bob, ...mirage } = await setup();
    await uploadFile(
      { url: mirage.url, token: bob.token },
      { recipient: 'ada' },
      { content: 'b'.repeat(99), name: 'b' },
    );
    expect(await runJson(['files', 'usage'], mirage)).toEqual([
      {
        users: [
          { username: 'bob', files: 1, bytes: 99 },
          { username: 'ada', files: 4, bytes: 32 },
        ],
        all: { files: 5, bytes: 131 },
        userQuotaBytes: 1024 ** 3,
        totalQuotaBytes: 20 * 1024 ** 3,
      },
    ]);
    const { stdout } = await runCommand(['files', 'usage', '--top', '1'], mirage);
    expect(stdout).toMatch(/^user .*\nbob +1 +99 +1073741824\n\(all users\) +5 +131 +21474836480\n$/);
    expect(await runCommand(['files', 'usage', '--top', '0'], mirage)).toMatchObject({ code: 2 });
  });
});

describe('mirage files verify', () => {
  it('finds nothing wrong beside a server that stores files', async () => {
    const { ada, roomId, ...mirage } = await setup();
    let isRunning = true;
    const busy = (async () => {
      for (let n = 0; isRunning; n += 1)
        await uploadFile(
          { url: mirage.url, token: ada.token },
          { roomId },
          { content: `${n} more`, name: 'x' },
        );
    })();
    const [result] = await runJson<{ objects: number; problems: number }>(
      ['files', 'verify', '--hashes'],
      mirage,
    );
    isRunning = false;
    await busy;
    expect(result?.problems).toBe(0);
    expect(result?.objects).toBeGreaterThanOrEqual(4);
    expect(await runCommand(['files', 'verify'], mirage)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/^\d+ objects are as they should be\n$/),
    });
  });

  it('names what is missing, changed or unknown', async () => {
    const { one, two, letter, folder, close } = await setup();
    const [missing, changed, longer] = [one, two, letter].map(({ id }) => pathOf({ folder }, id));
    if (!missing || !changed || !longer) throw new Error('three files');
    rmSync(missing);
    writeFileSync(changed, 'SECOND');
    writeFileSync(longer, 'and more');
    const keyOf = (path: string) => path.split('/').at(-1);
    const unknown = `${keyOf(missing)?.slice(0, 4)}${'0'.repeat(28)}`;
    writeFileSync(join(missing, '..', unknown), 'x');
    // Not of a server, as its name shows.
    writeFileSync(join(missing, '..', `${keyOf(missing)?.slice(0, 4)}other`), 'x');
    await close();
    const outcome = await runCommand(['files', 'verify', '--hashes', '--json'], { folder });
    expect(outcome).toMatchObject({ code: 1, stderr: 'mirage: 5 objects are missing, changed or unknown\n' });
    const lines = outcome.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(6);
    expect(lines).toEqual(
      expect.arrayContaining([
        { problem: { problem: 'missing', key: keyOf(missing), owner: 'ada', names: ['one.txt'] } },
        { problem: { problem: 'changed', key: keyOf(changed), owner: 'ada', names: ['two.txt'] } },
        { problem: { problem: 'changed', key: keyOf(longer), owner: 'ada', names: ['letter.txt'] } },
        { problem: { problem: 'unknown', key: unknown } },
        { objects: 4, recent: 0, problems: 5 },
      ]),
    );
    // Without hashes, only the lengths are known.
    const quick = await runCommand(['files', 'verify'], { folder });
    expect(quick).toMatchObject({ code: 1, stderr: 'mirage: 3 objects are missing, changed or unknown\n' });
    expect(quick.stdout).toContain(`missing  ${keyOf(missing)}  ada  one.txt\n`);
  });

  it('refuses the files of another database, and to look where there are none', async () => {
    const mirage = await setup();
    const other = await startMirage();
    const env = { FILES_URL: `file:${mirage.folder}/files` };
    expect(await runCommand(['files', 'verify'], { ...other, env })).toEqual(
      refused(/FILES_URL leads to the files of another database/),
    );
    expect(await runCommand(['files', 'verify'], { ...other, env: { FILES_URL: 'off' } })).toEqual(
      refused(/FILES_URL is off/),
    );
  });
});

describe('mirage files sweep', () => {
  it('has the running server remove what no message has, and keep the files of those in its memory', async () => {
    const { inRoom, folder, clock } = await setup();
    expect(await runCommand(['files', 'sweep'], { folder })).toEqual(
      refused(/Use --yes: there is no terminal/),
    );
    expect(stored(folder)).toHaveLength(4);
    clock.advance(3_600_001);
    const [swept] = (await runJson(['files', 'sweep', '--yes'], { folder })) as Record<string, number>[];
    // The server sweeps by itself every ten seconds, and may have done so just before.
    expect([
      { files: 1, bytes: 15, unknown: 0, missing: 0 },
      { files: 0, bytes: 0, unknown: 0, missing: 0 },
    ]).toContainEqual(swept);
    expect(stored(folder)).toHaveLength(3);
    const key = pathOf({ folder }, inRoom.attachments?.[0]?.id ?? '');
    expect(readFileSync(key, 'utf8')).toBe('first');
  });

  it('removes what is stored without a record while no server runs, and no file that a message may have', async () => {
    const { one, folder, close } = await setup();
    const place = pathOf({ folder }, one.id);
    const key = place.split('/').at(-1) ?? '';
    writeFileSync(join(place, '..', `${key.slice(0, 4)}${'0'.repeat(28)}`), 'x');
    writeFileSync(join(place, '..', `${key.slice(0, 4)}other`), 'x');
    await close();
    expect(await runJson(['files', 'sweep', '--yes'], { folder })).toEqual([
      { files: 0, bytes: 0, unknown: 1, missing: 0 },
    ]);
    // What has the name of no content may be of another program.
    rmSync(join(place, '..', `${key.slice(0, 4)}other`));
    expect(stored(folder)).toHaveLength(4);
    expect(await runJson(['files', 'verify'], { folder })).toEqual([{ objects: 4, recent: 0, problems: 0 }]);
  });

  it('needs no files', async () => {
    const folder = await temporaryFolder();
    const { close } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
    await close();
    expect(await runJson(['files', 'sweep', '--yes'], { folder })).toEqual([
      { files: 0, bytes: 0, unknown: 0, missing: 0 },
    ]);
  });
});
