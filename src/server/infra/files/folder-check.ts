import { randomUUID } from 'node:crypto';
import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../core/config.ts';
import { folderMode } from './folder-move.ts';
import { entriesOf } from './folder-walk.ts';
import { codeOf } from './system-errors.ts';

/** A file that is being received is written to all the time. So what has not changed for so long is left over. */
const leftOverMs = 60 * 60 * 1000;

interface Folders {
  incoming: string;
  copying: string;
  /** Whether no other server uses them, so that everything in them is left over. */
  isAlone: boolean;
}

/**
 * Makes the folder of a storage where needed, checks that files can be made and moved in it, and removes what earlier runs
 * left of files that were never added.
 * @throws {@link ConfigError} naming the folder and the problem.
 */
export async function prepareFolder(folder: string, { incoming, copying, isAlone }: Folders): Promise<void> {
  try {
    await mkdir(incoming, { recursive: true, mode: folderMode });
    const now = await writeAndMove(incoming, folder);
    for (const place of [incoming, copying])
      await removeUnchanged(place, isAlone ? Number.POSITIVE_INFINITY : now - leftOverMs);
  } catch (error) {
    const code = codeOf(error);
    if (code === '') throw error;
    throw new ConfigError(`FILES_URL must name a folder that the server can write to (${code} ${folder})`);
  }
}

/** The time in milliseconds since 1970, by the clock that dates the files, which may be another machine's. */
async function writeAndMove(incoming: string, folder: string): Promise<number> {
  const name = `.check-${randomUUID()}`;
  const [path, moved] = [join(incoming, name), join(folder, name)];
  try {
    await writeFile(path, 'x');
    const { mtimeMs } = await lstat(path);
    await rename(path, moved).catch((error) => {
      if (codeOf(error) !== 'EXDEV') throw error;
      return writeFile(moved, 'x');
    });
    return mtimeMs;
  } finally {
    for (const made of [path, moved]) await rm(made, { force: true });
  }
}

async function removeUnchanged(folder: string, before: number): Promise<void> {
  for await (const { name } of entriesOf(folder)) {
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats && stats.mtimeMs < before) await rm(path, { recursive: true, force: true });
  }
}
