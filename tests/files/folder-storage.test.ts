import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/server/core/config.ts';
import { createFolderStorage } from '../../src/server/infra/files/folder-storage.ts';
import { temporaryFolder } from '../support/harness.ts';
import {
  describeFileStorage,
  keysOf,
  listed,
  mediaType,
  read,
  receive,
  store,
} from './file-storage.contract.ts';

async function openStorage(folder?: string) {
  const storage = createFolderStorage(folder ?? (await temporaryFolder()));
  await storage.check();
  return storage;
}

describeFileStorage('folder', openStorage);

/** A file system in memory with these options, if this system lets us mount one. */
async function mounted(folder: string, options: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return true;
}

/** The paths of everything in a folder, folders included. */
const everythingIn = async (folder: string) => (await readdir(folder, { recursive: true })).sort();

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

it('gives the first byte alone, which s3rver cannot', async () => {
  const storage = await openStorage();
  const key = await store(storage, 'The quick brown fox');
  expect(String(await read(storage, key, { start: 0, end: 0 }))).toBe('T');
});

it('is two folders deep, readable for the server alone', async () => {
  const folder = join(await temporaryFolder(), 'data', 'files');
  const storage = await openStorage(folder);
  const path = await receive(storage, 'x');
  await chmod(path, 0o666);
  await storage.add('abcdef', path, { mediaType });
  expect(await everythingIn(folder)).toEqual(['ab', 'ab/cd', 'ab/cd/abcdef', 'incoming']);
  for (const name of ['', 'incoming', 'ab', 'ab/cd']) expect(await modeOf(join(folder, name))).toBe(0o700);
  expect(await modeOf(join(folder, 'ab/cd/abcdef'))).toBe(0o600);
});

it('leaves alone what is not its own', async () => {
  const folder = await temporaryFolder();
  const storage = await openStorage(folder);
  await store(storage, 'x', 'abcdef');
  await store(storage, 'x', 'others');
  const foreign = [
    'README',
    'ab/notes',
    'ab/cd/abcdef.bak',
    'ab/cd/others',
    'ab/c/abcdef',
    'lost+found/x',
    'ab/cd/.x',
  ];
  for (const path of [...foreign, 'ab/cd/abcd-folder/x', 'incoming/abcdef']) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), 'not ours');
  }
  const elsewhere = await temporaryFolder();
  await writeFile(join(elsewhere, 'zzzz'), 'not ours either');
  await symlink(join(elsewhere, 'zzzz'), join(folder, 'ab/cd/abcd-link'));
  await symlink(elsewhere, join(folder, 'zz'));
  execFileSync('mkfifo', [join(folder, 'ab/cd/abcd-pipe')]);

  expect(await keysOf(storage)).toEqual(['abcdef', 'others']);
  for (const key of ['abcd-folder', 'abcd-link', 'abcd-pipe'])
    expect(await storage.open(key)).toBeUndefined();
  const before = await everythingIn(folder);
  await storage.check();
  expect(await everythingIn(folder)).toEqual(before);
});

it('does not add what a symbolic link points to', async () => {
  const storage = await openStorage();
  const path = join(storage.incoming, 'link');
  const target = join(await temporaryFolder(), 'target');
  await writeFile(target, 'stays');
  await symlink(target, path);
  await expect(storage.add('abcd', path, { mediaType })).rejects.toThrow();
  expect(await listed(storage)).toEqual([]);
  expect(await readFile(target, 'utf8')).toBe('stays');
});

it('copies what is received on another device', async ({ skip }) => {
  const folder = await temporaryFolder();
  if (!(await mounted(join(folder, 'incoming'), 'size=4m'))) return skip('cannot mount');
  const storage = await openStorage(folder);
  await store(storage, 'The quick brown fox', 'abcdef');
  expect(await everythingIn(folder)).toEqual(['ab', 'ab/cd', 'ab/cd/abcdef', 'copying', 'incoming']);
  expect(await readFile(join(folder, 'ab/cd/abcdef'), 'utf8')).toBe('The quick brown fox');
  expect(await modeOf(join(folder, 'ab/cd/abcdef'))).toBe(0o600);
});

it('says that it is full, and leaves nothing behind', async ({ skip }) => {
  const folder = await temporaryFolder();
  if (!(await mounted(folder, 'size=1m'))) return skip('cannot mount');
  if (!(await mounted(join(folder, 'incoming'), 'size=4m'))) return skip('cannot mount');
  const storage = await openStorage(folder);
  await store(storage, Buffer.alloc(600_000), 'abcdef');
  const path = await receive(storage, Buffer.alloc(600_000));
  await expect(storage.add('abcd-2', path, { mediaType })).rejects.toMatchObject({
    reason: 'STORAGE_FULL',
    code: 'SERVICE_UNAVAILABLE',
    message: 'the server has no room for more files',
  });
  expect(await everythingIn(folder)).toEqual(['ab', 'ab/cd', 'ab/cd/abcdef', 'copying', 'incoming']);

  await storage.remove(['abcdef']);
  await store(storage, Buffer.alloc(600_000), 'abcd-2');
  expect(await keysOf(storage)).toEqual(['abcd-2']);
});

it('says that it is full when there is no room for a folder', async ({ skip }) => {
  const folder = await temporaryFolder();
  // The root, `incoming`, the received file, and the first of two folders.
  if (!(await mounted(folder, 'nr_inodes=4'))) return skip('cannot mount');
  const storage = await openStorage(folder);
  const path = await receive(storage, 'x');
  await expect(storage.add('abcdef', path, { mediaType })).rejects.toMatchObject({ reason: 'STORAGE_FULL' });
  expect(await everythingIn(folder)).toEqual(['ab', 'incoming']);
});

/** A storage with two files in `incoming`, one of which has not changed for longer than an hour. */
async function withLeftovers() {
  const folder = await temporaryFolder();
  const storage = await openStorage(folder);
  for (const place of ['incoming', 'copying'])
    for (const [name, minutes] of [
      ['fresh', 59],
      ['old', 61],
    ] as const) {
      const path = join(folder, place, name);
      await mkdir(join(folder, place), { recursive: true });
      await writeFile(path, 'x');
      const time = new Date(Date.now() - minutes * 60_000);
      await utimes(path, time, time);
    }
  await store(storage, 'x', 'abcdef');
  return folder;
}

it('removes what has been left in `incoming` for an hour', async () => {
  const folder = await withLeftovers();
  await createFolderStorage(folder).check();
  expect(await everythingIn(folder)).toEqual([
    ...['ab', 'ab/cd', 'ab/cd/abcdef', 'copying', 'copying/fresh', 'incoming', 'incoming/fresh'],
  ]);
});

it('removes everything in `incoming` if no other server uses it', async () => {
  const folder = await withLeftovers();
  await createFolderStorage(folder, { isAlone: true }).check();
  expect(await everythingIn(folder)).toEqual(['ab', 'ab/cd', 'ab/cd/abcdef', 'copying', 'incoming']);
});

it('cannot be used if the folder is a file', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, 'x');
  const error = await createFolderStorage(path)
    .check()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toBe(
    `ConfigError: FILES_URL must name a folder that the server can write to (ENOTDIR ${path})`,
  );
});

it('cannot be used if nothing can be written', async ({ skip }) => {
  const folder = await temporaryFolder();
  if (!(await mounted(folder, 'size=1m'))) return skip('cannot mount');
  const storage = await openStorage(folder);
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await expect(storage.check()).rejects.toThrow(
    new ConfigError(`FILES_URL must name a folder that the server can write to (EROFS ${folder})`),
  );
});

it('throws other errors of the disk as they are', async ({ skip }) => {
  const folder = await temporaryFolder();
  if (!(await mounted(folder, 'size=1m'))) return skip('cannot mount');
  const storage = await openStorage(folder);
  await store(storage, 'x', 'abcdef');
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await expect(storage.remove(['abcdef'])).rejects.toMatchObject({ code: 'EROFS' });
  expect(await keysOf(storage)).toEqual(['abcdef']);
});
