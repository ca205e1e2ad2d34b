import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf } from './system-errors.ts';

/** Mode of all folders that are made: they are the server's alone. */
export const folderMode = 0o700;
const fileMode = 0o600;

/** Where a file goes: the folders that lead to it, the outermost first, and one for a copy that is being made. */
interface Way {
  folders: readonly string[];
  copying: string;
  signal: AbortSignal | undefined;
}

/**
 * Moves a file in such a way that it survives a crash of the machine as soon as this resolves, and that nobody ever sees a
 * part of it under its new name. If it fails, there is nothing under the new name. Rejects with the reason of the signal
 * if that is given before the move.
 */
export async function moveDurably(path: string, target: string, way: Way): Promise<void> {
  for (const folder of way.folders) await makeFolder(folder);
  await flushFile(path);
  way.signal?.throwIfAborted();
  await renameOrCopy(path, target, way);
  try {
    // All of them, whether or not they are new: another process may have made them a moment ago, and not have flushed them.
    await Promise.all(way.folders.map(flushFolder));
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

/** Unless it exists. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: folderMode });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Also makes it readable for the server alone. */
export async function flushFile(path: string): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    await file.chmod(fileMode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Entries of a folder are on disk only after this. Windows has no such call, and does not let folders be opened. */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function renameOrCopy(path: string, target: string, { copying, signal }: Way): Promise<void> {
  try {
    await rename(path, target);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await makeFolder(copying);
    const copy = join(copying, basename(target));
    try {
      await copyFile(path, copy);
      await flushFile(copy);
      signal?.throwIfAborted();
      await rename(copy, target);
    } catch (failure) {
      await rm(copy, { force: true });
      throw failure;
    }
    await rm(path, { force: true });
  }
}
