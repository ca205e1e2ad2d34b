import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FileStorage, StoredObject } from '../../src/server/infra/files/file-storage.ts';
import { temporaryFolder } from '../support/harness.ts';

export const mediaType = 'application/octet-stream';

/** A file of `incoming`, as it is when it has been received. */
export async function receive(storage: FileStorage, content: string | Buffer): Promise<string> {
  const path = join(storage.incoming, randomUUID());
  await writeFile(path, content);
  return path;
}

/** Stores something under a new key. */
export async function store(storage: FileStorage, content: string | Buffer, key: string = randomUUID()) {
  await storage.add(key, await receive(storage, content), { mediaType });
  return key;
}

export async function read(storage: FileStorage, ...what: Parameters<FileStorage['open']>) {
  const stream = await storage.open(...what);
  return stream && buffer(stream);
}

export async function listed(storage: FileStorage): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const slice of storage.list()) objects.push(...slice);
  return objects;
}

export const keysOf = async (storage: FileStorage) => (await listed(storage)).map(({ key }) => key).sort();

const hashOf = (content: Buffer | undefined) =>
  createHash('sha256')
    .update(content ?? '')
    .digest('hex');

/** What all storages promise. `open` gives an empty one that has been checked, and cleans up after the test. */
export function describeFileStorage(name: string, open: () => Promise<FileStorage>): void {
  describe(`${name}: a file storage`, () => {
    let storage: FileStorage;

    beforeEach(async () => {
      storage = await open();
    });

    it('gives what was added, whole or in part', async () => {
      const key = await store(storage, 'The quick brown fox');
      expect(String(await read(storage, key))).toBe('The quick brown fox');
      expect(String(await read(storage, key, { start: 4, end: 8 }))).toBe('quick');
      expect(String(await read(storage, key, { start: 0, end: 2 }))).toBe('The');
      expect(String(await read(storage, key, { start: 16, end: 18 }))).toBe('fox');
    });

    it('takes empty files', async () => {
      const key = await store(storage, '');
      expect(await read(storage, key)).toHaveLength(0);
      expect(await listed(storage)).toMatchObject([{ key, size: 0 }]);
    });

    it('takes files out of `incoming`', async () => {
      const other = await receive(storage, 'not yet added');
      await store(storage, 'added');
      expect(await readdir(storage.incoming)).toEqual([other.split('/').at(-1)]);
      expect(await listed(storage)).toHaveLength(1);
    });

    it('has nothing under other keys', async () => {
      await store(storage, 'x', 'abcdef');
      for (const key of ['abcde', 'abcdefg', 'abcd', 'xxxx']) expect(await storage.open(key)).toBeUndefined();
    });

    it('removes what it is told to, as far as it is there', async () => {
      const [kept, gone, alsoGone] = [
        await store(storage, 'a'),
        await store(storage, 'b'),
        await store(storage, 'c'),
      ];
      await storage.remove([gone, randomUUID(), alsoGone]);
      await storage.remove([gone]);
      await storage.remove([]);
      expect(await storage.open(gone)).toBeUndefined();
      expect(await keysOf(storage)).toEqual([kept]);
    });

    it('lists everything with size and time', async () => {
      const before = Date.now();
      const sizes = { abcd: 0, 'abcd-': 1, abcdef: 3, 'A-Z0-9': 70_000 };
      for (const [key, size] of Object.entries(sizes)) await store(storage, 'x'.repeat(size), key);
      const objects = await listed(storage);
      expect(Object.fromEntries(objects.map(({ key, size }) => [key, size]))).toEqual(sizes);
      for (const { storedAt } of objects) {
        // Services say it to the second.
        expect(storedAt.getTime()).toBeGreaterThanOrEqual(before - 1000);
        expect(storedAt.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
      }
    });

    it('knows when a file was added, however long ago it was received', async () => {
      const path = await receive(storage, 'x');
      const [received, before] = [new Date('2020-01-01'), Date.now()];
      await utimes(path, received, received);
      await storage.add('abcdef', path, { mediaType });
      expect((await listed(storage))[0]?.storedAt.getTime()).toBeGreaterThanOrEqual(before - 1000);
    });

    it('lists in slices of at most 500', async () => {
      const keys = Array.from({ length: 1001 }, (_, index) => `many-${index}`);
      for (let index = 0; index < keys.length; index += 50)
        await Promise.all(keys.slice(index, index + 50).map((key) => store(storage, 'x', key)));
      const slices: string[][] = [];
      for await (const slice of storage.list()) slices.push(slice.map(({ key }) => key));
      expect(slices.flat().sort()).toEqual(keys.sort());
      expect(slices.map(({ length }) => length)).toEqual([500, 500, 1]);
      await storage.remove(keys);
      expect(await listed(storage)).toEqual([]);
    });

    it('refuses what cannot be a key, and files from elsewhere', async () => {
      // A file of the test's own: with a fault, one of the machine's would be gone.
      const outside = join(await temporaryFolder(), 'outside');
      await writeFile(outside, 'stays');
      const wrong = [
        '',
        'abc',
        'x'.repeat(129),
        '..',
        '....',
        '../outside',
        relative(storage.incoming, outside),
        'ab/cd/abcd',
        'abcd.x',
        'ab\0cd',
      ];
      for (const key of [...wrong, 'abcd\xe9', 'ab cd', 'ab\\cd', outside, 'abcd\n']) {
        const path = await receive(storage, 'x');
        await expect(storage.add(key, path, { mediaType })).rejects.toThrow(TypeError);
        await expect(storage.open(key)).rejects.toThrow(TypeError);
        await expect(storage.remove(['abcd', key])).rejects.toThrow(TypeError);
      }
      for (const path of [
        outside,
        join(storage.incoming, '../x'),
        join(storage.incoming, 'a/b'),
        storage.incoming,
      ])
        await expect(storage.add('abcd', path, { mediaType })).rejects.toThrow(TypeError);
      expect(await listed(storage)).toEqual([]);
      expect(await readFile(outside, 'utf8')).toBe('stays');
    });

    it('takes many files at the same time', async () => {
      const contents = Array.from({ length: 20 }, (_, index) => randomBytes(1000 * index));
      // Of some the keys begin alike, so that they meet in one folder.
      const keys = await Promise.all(
        contents.map((content, index) =>
          store(storage, content, `${index % 2 ? 'same' : index + 1000}-${index}`),
        ),
      );
      for (const [index, key] of keys.entries()) expect(await read(storage, key)).toEqual(contents[index]);
    });

    it('takes large files', async () => {
      const content = randomBytes(24 * 1024 * 1024);
      const key = await store(storage, content);
      expect(hashOf(await read(storage, key))).toBe(hashOf(content));
      const range = { start: 10_485_750, end: 10_485_770 };
      expect(await read(storage, key, range)).toEqual(content.subarray(range.start, range.end + 1));
    });

    it('stores nothing if the signal has been given', async () => {
      const path = await receive(storage, 'x');
      const reason = new Error('no longer wanted');
      const aborted = storage.add('abcd', path, { mediaType, signal: AbortSignal.abort(reason) });
      await expect(aborted).rejects.toBe(reason);
      expect([await readdir(storage.incoming), await listed(storage)]).toEqual([[], []]);
    });

    it('fails for a file that is not there, and stores nothing', async () => {
      const absent = join(storage.incoming, 'absent');
      await expect(storage.add('abcd', absent, { mediaType })).rejects.toThrow();
      expect(await listed(storage)).toEqual([]);
    });

    it('gives streams that can be left at any time', async () => {
      const key = await store(storage, randomBytes(2_000_000));
      for (let times = 0; times < 20; times += 1) {
        const stream = await storage.open(key);
        if (!stream) throw new Error('it is not there');
        await once(stream, 'readable');
        stream.destroy();
        await once(stream, 'close');
      }
      expect(await read(storage, key)).toHaveLength(2_000_000);
    });

    it('can be checked at any time, and leaves nothing behind then', async () => {
      const key = await store(storage, 'x');
      await storage.check();
      expect(await keysOf(storage)).toEqual([key]);
      expect(await readdir(storage.incoming)).toEqual([]);
    });
  });
}
