import {
  chmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createMirageClient } from '../../src/client/index.ts';
import { lockDatabase } from '../../src/server/infra/db/lock.ts';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { nobody, spawnMirage } from '../support/process.ts';

const inUse = {
  code: 1,
  stderr: expect.stringMatching(
    /^mirage: cannot use the database [^\n]*: a server \(process \d+\) is using it\n$/,
  ),
};

it('refuses a second server on the same file, by any path, and the first continues', async () => {
  const first = await spawnMirage();
  const url = await first.url();
  const { folder } = first;
  mkdirSync(`${folder}/data/sub`);
  symlinkSync(`${folder}/data/mirage.db`, `${folder}/link.db`);
  symlinkSync(`${folder}/data`, `${folder}/folder`);
  for (const path of [
    './data/mirage.db',
    `${folder}/data/mirage.db`,
    './data/sub/../mirage.db',
    './link.db',
    './folder/mirage.db',
  ]) {
    const second = await spawnMirage({ DATABASE_URL: `file:${path}` }, folder);
    expect(await second.ended(), path).toEqual(inUse);
  }
  expect(await createMirageClient({ url }).users.count.query()).toBe(0);
}, 120_000);

it('accepts the next server once the first has stopped or was killed', async () => {
  const folder = await temporaryFolder();
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
    const mirage = await spawnMirage({}, folder);
    await mirage.url();
    mirage.kill(signal);
    await mirage.ended();
  }
}, 120_000);

it('releases the lock if the server cannot listen or its database is refused', async () => {
  const { url, deps, close } = await startMirage();
  const { folder } = await startMirage();
  expect(lockDatabase(`${folder}/mirage.db`)).toBe(undefined);
  const port = Number(new URL(url).port);
  const other = `${await temporaryFolder()}/other.db`;
  const { openServer } = await import('../../src/server/app/open-server.ts');
  await expect(openServer({ ...deps.config, databaseUrl: `file:${other}`, port })).rejects.toThrow(
    'EADDRINUSE',
  );
  expect(lockDatabase(other)).toBeTypeOf('function');
  await close();
  expect(lockDatabase(deps.config.databaseUrl.replace('file:', ''))).toBeTypeOf('function');
});

it('also works with a read-only lock file', async () => {
  const folder = await temporaryFolder();
  chmodSync(folder, 0o777);
  writeFileSync(`${folder}/mirage.db.lock`, '');
  chmodSync(`${folder}/mirage.db.lock`, 0o444);
  const mirage = await spawnMirage({ DATABASE_URL: `file:${folder}/mirage.db` }, '/', { user: nobody });
  expect(await mirage.ended()).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^mirage: cannot use the database [^\n]+: [^\n]+\n$/),
  });
});

it('leaves the file open to other programs', async () => {
  const { deps, user } = await startMirage();
  await user('alice');
  const beside = await openDb(deps.config.databaseUrl);
  expect(await beside.db.user.count()).toBe(1);
  await beside.db.user.update({ where: { username: 'alice' }, data: { description: 'changed' } });
  await beside.close();
});

/** A database with some hundred messages, as a server has left it. */
async function usedFile() {
  const { user, deps, close, folder } = await startMirage();
  const { client: alice } = await user('alice');
  await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      alice.inbox.sendMessage.mutate({ recipient: 'alice', text: `${index} `.repeat(200) }),
    ),
  );
  await close();
  return { path: `${folder}/mirage.db`, config: deps.config };
}

describe('leaves unchanged and reports in one line a database that', () => {
  it.each([
    [
      'is damaged in the middle',
      (path: string) => writeSync(openSync(path, 'r+'), 'x'.repeat(40_000), 81_920),
    ],
    ['has lost its end', (path: string) => truncateSync(path, 120_000)],
    ['is damaged at its start', (path: string) => writeSync(openSync(path, 'r+'), 'x'.repeat(2000), 100)],
    ['is not a database', (path: string) => writeFileSync(path, 'notes\n'.repeat(1000))],
    [
      'is newer',
      (path: string) =>
        new Database(path)
          .exec(
            "INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '99991231235959_x', 1)",
          )
          .close(),
    ],
  ])('%s', async (_, damage) => {
    const { path } = await usedFile();
    damage(path);
    const bytes = readFileSync(path);
    const mirage = await spawnMirage({ DATABASE_URL: `file:${path}` });
    expect(await mirage.ended()).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^mirage: cannot use the database [^\n]*: [^\n]+\n$/),
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('is read-only, with its folder', async () => {
    const { path } = await usedFile();
    const bytes = readFileSync(path);
    const folder = dirname(path);
    for (const [folderMode, fileMode] of [
      [0o777, 0o444],
      [0o555, 0o444],
    ] as const) {
      chmodSync(path, fileMode);
      chmodSync(folder, folderMode);
      const mirage = await spawnMirage({ DATABASE_URL: `file:${path}` }, '/', { user: nobody });
      expect(await mirage.ended()).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^mirage: cannot use the database [^\n]+: [^\n]+\n$/),
      });
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }
    chmodSync(folder, 0o755);
  }, 120_000);

  it('would be created in a read-only folder', async () => {
    const folder = await temporaryFolder();
    chmodSync(folder, 0o555);
    for (const path of [`${folder}/mirage.db`, `${folder}/sub/mirage.db`]) {
      const mirage = await spawnMirage({ DATABASE_URL: `file:${path}` }, '/', { user: nobody });
      expect(await mirage.ended()).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^mirage: cannot use the database [^\n]+: [^\n]+\n$/),
      });
    }
    chmodSync(folder, 0o755);
  }, 120_000);

  it('is at a path that cannot be created', async () => {
    const folder = await temporaryFolder();
    writeFileSync(`${folder}/file`, '');
    for (const path of [`${folder}/file/mirage.db`, '/proc/mirage.db', '/dev/null/mirage.db']) {
      const mirage = await spawnMirage({ DATABASE_URL: `file:${path}` });
      expect(await mirage.ended(), path).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^mirage: cannot use the database [^\n]+\n$/),
      });
    }
  }, 120_000);
});
