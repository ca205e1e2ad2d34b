import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chown, copyFile, link, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileContent } from '../db/file-contents.ts';
import { flushFile, flushFolder, folderMode, makeFolder } from './folder-move.ts';
import { foldersOf, pathOf } from './folder-paths.ts';
import { keysIn } from './folder-walk.ts';
import { ownerKey } from './keys.ts';
import { parsePreviews } from './previews.ts';
import { codeOf, isAbsent } from './system-errors.ts';

/** What a backup of the files has. */
export interface FolderBackup {
  files: number;
  bytes: number;
  /** Keys of what the database refers to and the storage does not have. */
  missing: string[];
  /** Keys of what is other than it was when it was stored. It is in the backup as it is. */
  changed: string[];
}

/**
 * Copies what a database refers to from one folder into another, by hard links where possible: nothing is ever written into a file of
 * the storage. What the other folder has already stays.
 */
export function createFolderBackup({ from, to }: { from: string; to: string }) {
  const sizes = new Map<string, number>();
  const verified = new Set<string>();
  const changed = new Set<string>();
  let missing = new Set<string>();

  /**
   * False if something was missing that was not missing before: it may have been deleted since the database was copied. A newer copy
   * tells, and then `add` is to be called again.
   */
  async function add(contents: Iterable<FileContent>): Promise<boolean> {
    const before = missing;
    missing = new Set();
    sizes.clear();
    for (const content of contents) await addContent(content);
    if (sizes.size > 0 && (await present(pathOf(from, ownerKey)))) await place(from, to, ownerKey);
    return [...missing].every((key) => before.has(key));
  }

  async function addContent({ id, size, storedSha256, previews }: FileContent): Promise<void> {
    await addObject(id, size, storedSha256);
    for (const [pixels, bytes] of parsePreviews(previews))
      await addObject(`${id}-${pixels}`, bytes, undefined);
  }

  async function addObject(key: string, size: number, sha256: string | undefined): Promise<void> {
    sizes.set(key, size);
    if (verified.has(key)) return;
    const target = pathOf(to, key);
    if (await isIntact(target, size, sha256)) return void verified.add(key);
    try {
      await place(from, to, key);
    } catch (error) {
      if (!isAbsent(error)) throw error;
      missing.add(key);
      return;
    }
    if (await isIntact(target, size, sha256)) verified.add(key);
    else changed.add(key);
  }

  return {
    add,

    /** Makes sure that all of it survives a crash. */
    async flush(): Promise<void> {
      await flushFolders(to, sizes.keys());
    },

    /** Removes what an earlier backup in the same place had besides. */
    async removeOthers(): Promise<void> {
      for await (const key of keysIn(to))
        if (!sizes.has(key) && key !== ownerKey) await rm(pathOf(to, key), { force: true });
    },

    report(): FolderBackup {
      const held = [...sizes].filter(([key]) => !missing.has(key));
      return {
        files: held.length,
        bytes: held.reduce((sum, [, size]) => sum + size, 0),
        missing: [...missing],
        changed: [...changed].filter((key) => sizes.has(key)),
      };
    },
  };
}

async function flushFolders(folder: string, keys: Iterable<string>): Promise<void> {
  const folders = new Set<string>();
  for (const key of keys) for (const each of foldersOf(folder, key)) folders.add(each);
  for (const each of folders) if (await present(each)) await flushFolder(each);
  if (folders.size > 0) await flushFolder(dirname(folder));
}

async function isIntact(path: string, size: number, sha256: string | undefined): Promise<boolean> {
  const stats = await present(path);
  if (!stats?.isFile() || stats.size !== size) return false;
  if (sha256 === undefined) return true;
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer); // safe: read without an encoding
  return hash.digest('hex') === sha256;
}

/** Where there can be no hard link: on another device, in a file system without them, or after too many. */
const cannotLink = (error: unknown) =>
  ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error));

/** Replaces what is there. Throws ENOENT if there is nothing to be copied. */
async function place(from: string, to: string, key: string): Promise<void> {
  const [source, target] = [pathOf(from, key), pathOf(to, key)];
  if (!(await present(source))?.isFile())
    throw Object.assign(new Error(`no file ${source}`), { code: 'ENOENT' });
  await mkdir(to, { recursive: true, mode: folderMode });
  for (const folder of foldersOf(to, key)) await makeFolder(folder);
  await rm(target, { force: true });
  try {
    await link(source, target);
  } catch (error) {
    if (!cannotLink(error)) throw error;
    await copyFile(source, target, constants.COPYFILE_FICLONE);
    await flushFile(target);
  }
}

const present = (path: string) =>
  lstat(path).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
    return undefined;
  });

/**
 * Puts the files of a backup in the place of those of a storage, which are renamed to `asideAs`. Nobody may be using the storage. Gives
 * whether there were any, and how to undo it.
 */
export async function restoreFolder(
  backup: string,
  { folder, asideAs }: { folder: string; asideAs: string },
): Promise<{ hadFiles: boolean; undo(): Promise<void> }> {
  const partial = `${folder}.restoring-${process.pid}`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: folderMode });
    const keys: string[] = [];
    for await (const key of keysIn(backup)) {
      await place(backup, partial, key);
      keys.push(key);
    }
    await copyOwnership(partial, keys, (await present(folder)) ?? (await lstat(dirname(folder))));
    await flushFolders(partial, keys);
    const hadFiles = (await present(folder)) !== undefined;
    if (hadFiles) await rename(folder, asideAs);
    await rename(partial, folder);
    await flushFolder(dirname(folder));
    return {
      hadFiles,
      async undo() {
        await rename(folder, partial);
        if (hadFiles) await rename(asideAs, folder);
        await rm(partial, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** Whoever restores is often not the user whom the server runs as. */
async function copyOwnership(
  folder: string,
  keys: string[],
  { uid, gid }: { uid: number; gid: number },
): Promise<void> {
  const paths = new Set([folder, ...keys.flatMap((key) => [...foldersOf(folder, key), pathOf(folder, key)])]);
  for (const path of paths) {
    const own = await lstat(path);
    if (own.uid !== uid || own.gid !== gid) await chown(path, uid, gid);
  }
}

/** How many of these a folder does not have in their size. */
export async function countMissing(folder: string, contents: Iterable<FileContent>): Promise<number> {
  let missing = 0;
  for (const { id, size, previews } of contents)
    for (const [key, bytes] of [
      [id, size] as const,
      ...[...parsePreviews(previews)].map(([pixels, bytes]) => [`${id}-${pixels}`, bytes] as const),
    ])
      if ((await present(pathOf(folder, key)))?.size !== bytes) missing += 1;
  return missing;
}
