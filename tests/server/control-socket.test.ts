import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { claimDatabase } from '../../src/server/infra/bus/control-socket.ts';
import { refused, runCommand } from '../support/command.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { sample } from '../support/legacy-file.ts';
import { spawnMirage } from '../support/process.ts';

/** What a server says to these bytes on its socket. */
function said(folder: string, bytes: string): Promise<string> {
  const socket = createConnection(`${folder}/mirage.db.sock`);
  socket.end(bytes);
  return text(socket);
}

it('is accessible to its owner only, and removed with the server', async () => {
  const { folder, close } = await startMirage();
  expect(statSync(`${folder}/mirage.db.sock`).mode & 0o777).toBe(0o600);
  await close();
  expect(existsSync(`${folder}/mirage.db.sock`)).toBe(false);
});

it('refuses a second server on the same database, and the first continues', async () => {
  const first = await startMirage();
  const { user, folder } = first;
  const second = await spawnMirage({ DATABASE_URL: `file:${folder}/mirage.db` });
  expect(await second.ended()).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      new RegExp(`^mirage: cannot use the database .*: a server \\(process ${process.pid}\\) is using it\n$`),
    ),
  });
  await user('alice');
});

it('replaces the socket of a killed server', async () => {
  const folder = await temporaryFolder();
  const first = await spawnMirage({ DATABASE_URL: `file:${folder}/mirage.db` });
  await first.url();
  first.kill('SIGKILL');
  await first.ended();
  expect(existsSync(`${folder}/mirage.db.sock`)).toBe(true);
  const { user } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  const { client } = await user('bob');
  expect(await runCommand(['user', 'disable', 'bob', '--yes'], { folder })).toMatchObject({ code: 0 });
  await expect(client.auth.me.query()).rejects.toThrow('unauthorized');
});

it('reaches a server whose database has a path too long for a socket', async () => {
  const folder = `${await temporaryFolder()}/${'long/'.repeat(30)}`.replace(/\/$/, '');
  mkdirSync(folder, { recursive: true });
  const { user } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  const { client } = await user('bob');
  await client.auth.me.query();
  expect(await runCommand(['user', 'disable', 'bob', '--yes'], { folder })).toMatchObject({ code: 0 });
  await expect(client.auth.me.query()).rejects.toThrow('unauthorized');
});

it('does not replace a regular file at the path of the socket, and works without it', async () => {
  const folder = await temporaryFolder();
  writeFileSync(`${folder}/mirage.db.sock`, 'mine');
  const { user } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  const { client } = await user('bob');
  await client.auth.me.query();
  expect(await runCommand(['user', 'disable', 'bob', '--yes'], { folder })).toMatchObject({ code: 0 });
  await expect(client.auth.me.query()).rejects.toThrow('unauthorized');
  expect(statSync(`${folder}/mirage.db.sock`).size).toBe(4);
});

it.each([
  ['nothing', '', /^$|invalid request/],
  ['no JSON', 'hello\n', /invalid request/],
  ['an unknown request', '{"do":"dance"}\n', /invalid request/],
  ['an event of an unknown kind', '{"do":"publish","topic":"access","event":{"ended":"world"}}\n', /"error"/],
])('answers %s with an error, and lives on', async (_, bytes, answer) => {
  const { folder, user } = await startMirage();
  expect(await said(folder, bytes)).toMatch(answer);
  await user('alice');
  expect(JSON.parse(await said(folder, '{"do":"status"}\n'))).toMatchObject({ result: { pid: process.pid } });
});

it('refuses servers and commands while a command has exclusive use of the database', async () => {
  const folder = await temporaryFolder();
  const { close } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  await close();
  const claim = await claimDatabase(`${folder}/mirage.db`, 'mirage restore');
  onTestFinished(() => claim.close());
  const inUse = /mirage restore \(process \d+\) is using it/;
  for (const args of [['user', 'list'], ['import-legacy', '--db', sample], ['serve']])
    expect(await runCommand(args, { folder })).toEqual(refused(inUse));
  await expect(startMirage({ databaseUrl: `file:${folder}/mirage.db` })).rejects.toThrow(inUse);
});
