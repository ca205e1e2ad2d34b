import { constants } from 'node:fs';
import { lstat, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FileStorage, StoredObject } from './file-storage.ts';
import { prepareFolder } from './folder-check.ts';
import { moveDurably } from './folder-move.ts';
import { foldersOf, pathOf } from './folder-paths.ts';
import { keysIn } from './folder-walk.ts';
import { requireIncoming } from './keys.ts';
import { isAbsent, refuseIfFull } from './system-errors.ts';

/** How many objects a slice of `list` has at most. */
const sliceSize = 500;

/** How many files are removed at the same time. */
const removedAtOnce = 16;

/** Bytes read at a time. Every reading takes a turn of a thread, and a reader that is slow holds so many. */
const readAtOnce = 256 * 1024;

/** Follows no symbolic link, and does not wait for a writer if it is a named pipe. */
const reading = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Files in a folder, which several servers may share. The key `abcdef` is the file `ab/cd/abcdef`, so that no folder has
 * very many entries. `isAlone` says that no other server uses the folder: whatever is in `incoming` at the start is then
 * left over. Errors of the disk are thrown as they are, except those that become 'STORAGE_FULL'.
 */
export function createFolderStorage(
  folderName: string,
  { isAlone = false }: { isAlone?: boolean } = {},
): FileStorage {
  const folder = resolve(folderName);
  const incoming = join(folder, 'incoming');
  /** Where files are copied to if `incoming` is on another device. */
  const copying = join(folder, 'copying');

  async function describe(key: string): Promise<StoredObject[]> {
    const stats = await lstat(pathOf(folder, key)).catch(undefinedIfAbsent);
    // Adding a file sets the time of change. That of modification is the end of the upload, which may be long before.
    return stats ? [{ key, size: stats.size, storedAt: stats.ctime }] : [];
  }
  const describeAll = async (keys: string[]) => (await Promise.all(keys.map(describe))).flat();

  return {
    incoming,

    async add(key, path, { signal }) {
      requireIncoming(incoming, path);
      const folders = foldersOf(folder, key);
      try {
        await moveDurably(path, pathOf(folder, key), { folders, copying, signal });
      } catch (error) {
        await rm(path, { force: true });
        refuseIfFull(error);
      }
    },

    async open(key, range) {
      const file = await open(pathOf(folder, key), reading).catch(undefinedIfAbsent);
      if (!file) return undefined;
      try {
        if ((await file.stat()).isFile())
          return file.createReadStream({ ...range, highWaterMark: readAtOnce });
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
      return undefined;
    },

    async remove(keys) {
      const paths = keys.map((key) => pathOf(folder, key));
      for (let index = 0; index < paths.length; index += removedAtOnce)
        await Promise.all(paths.slice(index, index + removedAtOnce).map((path) => rm(path, { force: true })));
    },

    async *list() {
      let keys: string[] = [];
      for await (const key of keysIn(folder)) {
        keys.push(key);
        if (keys.length < sliceSize) continue;
        yield await describeAll(keys);
        keys = [];
      }
      if (keys.length > 0) yield await describeAll(keys);
    },

    check: () => prepareFolder(folder, { incoming, copying, isAlone }),
    close: async () => {},
  };
}

function undefinedIfAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}
