import { dirname, resolve } from 'node:path';

/** Whether a name can be a key. Storages hold nothing under other names, and leave alone what they find under them. */
export const isKey = (name: string): boolean => /^[A-Za-z0-9-]{4,128}$/.test(name);

/** Under which key a storage says whose it is. No file has it. */
export const ownerKey = 'installation';

/** Throws if this is no key. Only a bug can cause that, because clients never choose keys. */
export function requireKey(key: string): void {
  if (!isKey(key)) throw new TypeError('a key is 4 to 128 letters, digits and hyphens');
}

/** Throws if a file that is to be added is not directly in `incoming`, which only a bug can cause. */
export function requireIncoming(incoming: string, path: string): void {
  if (dirname(resolve(path)) !== incoming) throw new TypeError('only files of `incoming` can be added');
}
