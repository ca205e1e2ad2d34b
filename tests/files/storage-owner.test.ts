import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/server/core/config.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';

const at = (folder: string) => ({
  databaseUrl: `file:${folder}/mirage.db`,
  files: loadConfig({ FILES_URL: `file:${folder}/files` }).files,
});

/** The database that a storage belongs to, and the latest start with it. */
const marker = (folder: string) => readFileSync(`${folder}/files/in/st/installation`, 'utf8').split(' ');

it('says of a storage whose it is, also once it has been compared with the database', async () => {
  const folder = await temporaryFolder();
  const first = await startMirage(at(folder));
  await first.deps.files?.compared;
  const [name, run] = marker(folder);
  expect([name, run]).toEqual([expect.stringMatching(/^[\w-]{36}$/), expect.stringMatching(/^[\w-]{36}$/)]);
  await first.close();
  const second = await startMirage(at(folder));
  await second.deps.files?.compared;
  expect(await second.deps.files?.compare()).toEqual({ removed: 0, missing: 0 });
  expect(marker(folder)[0]).toBe(name);
  expect(marker(folder)[1]).not.toBe(run);
});

it('lets a copy of the database start with a copy of the files, and no other database', async () => {
  const folder = await temporaryFolder();
  const { close } = await startMirage(at(folder));
  await close();
  const elsewhere = await temporaryFolder();
  cpSync(folder, elsewhere, { recursive: true, filter: (path) => !/\.(sock|lock)$/.test(path) });
  await startMirage(at(elsewhere));

  const other = startMirage({ files: at(folder).files });
  await expect(other).rejects.toThrow(ConfigError);
  await expect(other).rejects.toThrow(/FILES_URL leads to the files of another database/);
});

it('leaves bytes alone that an upload may be about to name', async () => {
  const folder = await temporaryFolder();
  const { deps } = await startMirage(at(folder));
  await deps.files?.compared;
  const add = async (key: string) => {
    const path = `${deps.files?.storage.incoming}/new`;
    writeFileSync(path, 'of an upload');
    await deps.files?.storage.add(key, path, { mediaType: 'text/plain' });
  };
  const id = 'ab'.repeat(16);
  await add(id);
  await add(`${id}-320`);
  await add('of-another-program');
  deps.files?.storing.add(id);
  expect(await deps.files?.compare()).toEqual({ removed: 0, missing: 0 });
  deps.files?.storing.delete(id);
  expect(await deps.files?.compare()).toEqual({ removed: 2, missing: 0 });
});

it('removes nothing at the start where a copy of the database has been used meanwhile', async () => {
  const folder = await temporaryFolder();
  const first = await startMirage(at(folder));
  await first.close();
  const elsewhere = await temporaryFolder();
  cpSync(`${folder}/mirage.db`, `${elsewhere}/mirage.db`);
  const second = await startMirage(at(folder));
  const path = `${second.deps.files?.storage.incoming}/new`;
  writeFileSync(path, 'shared since the copy was made');
  const id = 'cd'.repeat(16);
  await second.deps.files?.storage.add(id, path, { mediaType: 'text/plain' });
  await second.close();

  const copy = await startMirage({ ...at(folder), databaseUrl: at(elsewhere).databaseUrl });
  await copy.deps.files?.compared;
  expect(await copy.deps.files?.storage.open(id).then((bytes) => bytes?.destroy() !== undefined)).toBe(true);
  await copy.close();
  // Once it is known that there are no two of them, an operator may say so.
  const third = await startMirage({ ...at(folder), databaseUrl: at(elsewhere).databaseUrl });
  await third.deps.files?.compared;
  expect(await third.deps.files?.storage.open(id)).toBeUndefined();
});

it('takes no place with files of unknown origin', async () => {
  const folder = await temporaryFolder();
  const id = 'ef'.repeat(16);
  mkdirSync(`${folder}/files/ef/ef`, { recursive: true });
  writeFileSync(`${folder}/files/ef/ef/${id}`, 'x');
  await expect(startMirage(at(folder))).rejects.toThrow(/files of unknown origin/);
});
