import { join } from 'node:path';
import { requireKey } from './keys.ts';

/** The folders that lead to the file of a key, the outermost first: those of `abcdef` are `ab` and `ab/cd`. */
export function foldersOf(folder: string, key: string): readonly [string, string, string] {
  requireKey(key);
  const first = join(folder, key.slice(0, 2));
  return [folder, first, join(first, key.slice(2, 4))];
}

/** Where the file of a key is. */
export const pathOf = (folder: string, key: string): string => join(foldersOf(folder, key)[2], key);
