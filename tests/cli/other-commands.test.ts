import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { commandFile, refused, runCommand, runJson, spawnCommand } from '../support/command.ts';
import { openDatabaseFile } from '../support/database-file.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { startRoom } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';

interface Stats {
  users: number;
  server: { pid: number; subscriptions: number; roomMessages: number } | null;
}

it('prints row counts and the state of the running server', async () => {
  const { alice, roomId, say, ...mirage } = await startRoom();
  await alice.client.chat.createRoom.mutate({ name: 'den', password: 'secret' });
  await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hi' });
  await say('hello');
  const room = liveClient({ url: mirage.url, token: alice.token }).room(roomId);
  await room.count(1);
  const expected = {
    users: 2,
    disabledUsers: 0,
    sessions: 2,
    publicRooms: 1,
    privateRooms: 1,
    memberships: 3,
    inboxMessages: 1,
    databaseBytes: expect.any(Number),
  };
  const [running] = await runJson<Stats>(['stats'], mirage);
  expect(running).toEqual({
    ...expected,
    server: { pid: process.pid, purpose: 'a server', subscriptions: 1, roomMessages: 1 },
  });
  expect((await runCommand(['stats'], mirage)).stdout).toMatch(/^users +2\n(.*\n)*server pid +\d+\n/);
  await mirage.close();
  expect(await runJson<Stats>(['stats'], mirage)).toEqual([{ ...expected, server: null }]);
});

it('exports all sent and received data of a user and no secret', async () => {
  const { alice, bob, ...mirage } = await startRoom();
  await mirage.user('carl');
  const { username, password } = alice;
  await mirage.client().auth.login.mutate({ username, password, device: 'laptop' });
  await alice.client.users.updateProfile.mutate({ description: 'me' });
  const { token } = await alice.client.auth.createToken.mutate({ name: 'script', scopes: ['chat:read'] });
  const data = Array.from({ length: 1100 }, (_, index) => ({
    sender: index % 2 === 0 ? 'alice' : 'bob',
    recipient: index % 2 === 0 ? 'bob' : 'alice',
    text: `message ${index}\n"quoted"`,
  }));
  await mirage.deps.db.inboxMessage.createMany({ data });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'carl', text: 'none of her business' });

  const { code, stdout } = await runCommand(['export', 'alice'], mirage);
  expect(code).toBe(0);
  const exported = JSON.parse(stdout);
  expect(exported).toMatchObject({
    profile: { username: 'alice', email: 'alice@example.com', description: 'me' },
    sessions: [null, 'laptop'].map((device) => ({
      id: expect.any(Number),
      device,
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
    })),
    accessTokens: [{ name: 'script', scopes: ['chat:read'], lastUsedAt: null, expiresAt: null }],
    rooms: [{ id: 1, name: 'general', createdBy: 'alice' }],
  });
  expect(exported.inboxMessages.map(({ text }: { text: string }) => text)).toEqual(
    data.map(({ text }) => text).reverse(),
  );
  expect(stdout).not.toMatch(/argon2|tokenHash|none of her business/i);
  for (const secret of [token, alice.token]) expect(stdout).not.toContain(secret);
  expect(await runCommand(['export', 'nobody'], mirage)).toEqual(refused(/user not found/));
});

it('exports a user without messages', async () => {
  const mirage = await startMirage();
  await mirage.user('alice');
  expect(JSON.parse((await runCommand(['export', 'alice'], mirage)).stdout).inboxMessages).toEqual([]);
});

it('serves like npm start', async () => {
  const folder = await temporaryFolder();
  const server = spawnCommand(['serve'], { folder, env: { PORT: '0' } });
  // The socket for commands is there once the server is.
  for (;;) {
    const { stdout, code } = await runCommand(['stats', '--json'], { folder });
    if (code === 0 && (JSON.parse(stdout) as Stats).server) break;
  }
  expect(
    await runCommand(['user', 'add', 'alice', '--email', 'a@x', '--generate'], { folder }),
  ).toMatchObject({ code: 0 });
  server.kill('SIGTERM');
  expect(await server.outcome).toMatchObject({ code: 0, stderr: '' });
});

it('prints one line for an invalid setting', async () => {
  const folder = await temporaryFolder();
  expect(await runCommand(['serve'], { folder, env: { PORT: 'http' } })).toEqual(
    refused(/PORT must be a whole number/),
  );
});

it.each([
  [['--help'], 0, /^Usage: mirage/, /^$/],
  [['user', '--help'], 0, /reset-password/, /^$/],
  [['import-legacy', '--help'], 0, /--dry-run/, /^$/],
  [['--version'], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
  [[], 2, /^$/, /^Usage: mirage/],
  [['user'], 2, /^$/, /^Usage: mirage user/],
  [
    ['usr', 'list'],
    2,
    /^$/,
    /unknown command 'usr'\n.*Did you mean user.*\n\(mirage --help shows the usage\)/,
  ],
  [['user', 'lists'], 2, /^$/, /Did you mean list.*\n\(mirage user --help shows the usage\)/],
  [['user', 'add', 'ada'], 2, /^$/, /--email.*\n\(mirage user add --help shows the usage\)/],
  [['user', 'list', '--color'], 2, /^$/, /unknown option '--color'/],
  [['user', 'disable'], 2, /^$/, /missing required argument 'name'/],
  [['user', 'list', 'more'], 2, /^$/, /too many arguments/],
])('answers %j with exit code %i', async (args, code, stdout, stderr) => {
  const outcome = await runCommand(args, { folder: await temporaryFolder() });
  expect(outcome).toEqual({
    code,
    stdout: expect.stringMatching(stdout),
    stderr: expect.stringMatching(stderr),
  });
});

const hasTerminals = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

/** Runs a command on a terminal of its own, on which somebody answers each question once it is there. */
async function onTerminal(args: string, folder: string, dialogue: [question: string, answer: string][]) {
  const command = `${process.execPath} ${commandFile} ${args}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: `file:${folder}/mirage.db` },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'close', { signal: AbortSignal.timeout(30_000) });
  let said = '';
  const questions = [...dialogue];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
    const [next] = questions;
    if (!next || !said.includes(next[0])) return;
    questions.shift();
    child.stdin.write(next[1]);
  });
  const [code] = await exit;
  return { code, said };
}

it.runIf(hasTerminals)('asks on a terminal, without showing a password', async () => {
  const mirage = await startMirage();
  const added = await onTerminal('user add carla --email c@x', mirage.folder, [
    ['New password:', 'quite secret\r'],
    ['Repeat the password:', 'quite secret\r'],
  ]);
  expect(added).toEqual({ code: 0, said: expect.stringContaining('added carla') });
  expect(added.said).not.toContain('quite');
  const login = { username: 'carla', password: 'quite secret' };
  expect(await mirage.client().auth.login.mutate(login)).toMatchObject({ username: 'carla' });

  expect(await onTerminal('user disable carla', mirage.folder, [['[y/N]', 'y\r']])).toMatchObject({
    code: 0,
  });
  expect(await mirage.deps.db.user.count({ where: { disabledAt: { not: null } } })).toBe(1);
});

it.runIf(hasTerminals).each<[what: string, args: string, dialogue: [string, string][]]>([
  ['the answer is no', 'user disable bob', [['[y/N]', 'n\r']]],
  ['there is no answer', 'user disable bob', [['[y/N]', '\r']]],
  ['it is left with Ctrl-C', 'user disable bob', [['[y/N]', '\x03']]],
  ['it is left with Ctrl-D', 'user reset-password bob', [['New password:', '\x04']]],
  [
    'two passwords differ',
    'user reset-password bob',
    [
      ['New password:', 'one\r'],
      ['Repeat the password:', 'two\r'],
    ],
  ],
])('changes nothing on a terminal when %s', async (_, args, dialogue) => {
  const mirage = await startMirage();
  const { client } = await mirage.user('bob');
  const { code, said } = await onTerminal(args, mirage.folder, dialogue);
  expect(code).toBe(1);
  expect(said).toContain('nothing was changed');
  expect(await client.auth.me.query()).toMatchObject({ username: 'bob' });
});

it('reads without a lock that a writing server would wait for', async () => {
  const mirage = await startMirage();
  await mirage.user('alice');
  // Whoever wanted to write, too, would wait for this in vain.
  openDatabaseFile(mirage).exec('BEGIN IMMEDIATE');
  expect(await runJson(['user', 'list'], mirage)).toMatchObject([{ username: 'alice' }]);
  expect(await runJson(['files', 'verify'], mirage)).toEqual([{ objects: 0, recent: 0, problems: 0 }]);
});
