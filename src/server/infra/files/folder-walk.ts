import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isKey } from './keys.ts';
import { isAbsent } from './system-errors.ts';

/** The keys of all files that are where `createFolderStorage` puts them. Nothing else in the folder is looked at. */
export async function* keysIn(folder: string): AsyncGenerator<string> {
  const isPart = (entry: Dirent) => entry.isDirectory() && /^[A-Za-z0-9-]{2}$/.test(entry.name);
  for await (const first of entriesOf(folder)) {
    if (!isPart(first)) continue;
    for await (const second of entriesOf(join(folder, first.name))) {
      if (!isPart(second)) continue;
      for await (const file of entriesOf(join(folder, first.name, second.name)))
        if (file.isFile() && isKey(file.name) && file.name.startsWith(first.name + second.name))
          yield file.name;
    }
  }
}

/** The entries of a folder, read a few at a time. None if it has been removed meanwhile. */
export async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}
