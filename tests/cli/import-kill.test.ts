import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { writeLegacyDatabase } from '../../bench/lib/legacy-database.ts';
import { runCommand, spawnCommand } from '../support/command.ts';
import { type Mirage, startMirage, temporaryFolder } from '../support/harness.ts';
import { dump } from '../support/legacy-file.ts';

// So much that it is far from its end when the signal arrives.
const size = { users: 800, messages: 10_000 };
const rows = size.users * 2 + size.messages + 50;
const batch = 50;

/** Where it is killed: among the users, among the members, and twice among the messages. */
const moments = [150, 1000, 2500, 6000];

async function legacyFile(): Promise<string> {
  const path = `${await temporaryFolder()}/db.sqlite`;
  writeLegacyDatabase(path, size);
  return path;
}

/** Kills an import once it has said that so many rows are done, and gives the folder of what it left. */
async function killedAfter(done: number, args: string[], signal: NodeJS.Signals = 'SIGKILL') {
  const folder = await temporaryFolder();
  const command = spawnCommand(args, { folder });
  for await (const line of command.stderrLines)
    if (Number(/^(\d+) of/.exec(line)?.[1] ?? 0) >= done) {
      command.kill(signal);
      break;
    }
  return { folder, outcome: await command.outcome };
}

/** What is there after one run, found out once. */
let whole: ReturnType<typeof dump> | undefined;

async function afterOneRun(args: string[]) {
  if (whole) return whole;
  const folder = await temporaryFolder();
  expect(await runCommand(args, { folder })).toMatchObject({ code: 0 });
  whole = dump(`${folder}/mirage.db`);
  expect(whole.inbox_messages).toHaveLength(size.messages);
  return whole;
}

it.each(moments)('imports the same after a kill at row %i and a second run as in one run', async (moment) => {
  const args = ['import-legacy', '--batch', String(batch), '--db', await legacyFile()];
  const expected = await afterOneRun(args);
  const { folder, outcome } = await killedAfter(moment, args);
  expect(outcome.code, 'it was killed').toBeNull();
  const left = new Database(`${folder}/mirage.db`);
  const imported = left.prepare('SELECT count(*) FROM legacy_rows').pluck().get();
  left.close();
  expect(imported).toBeGreaterThan(0);
  expect(imported).toBeLessThan(rows);
  expect(await runCommand(args, { folder })).toMatchObject({ code: 0 });
  expect(dump(`${folder}/mirage.db`)).toEqual(expected);
});

it('continues after being killed while assigning new ids and names', async () => {
  const args = ['import-legacy', '--batch', String(batch), '--db', await legacyFile()];

  async function usedFolder(): Promise<string> {
    const { folder, user, close } = await startMirage();
    const { client } = await user('user 7');
    const { client: other } = await user('somebody');
    for (let index = 0; index < 20; index += 1)
      await client.inbox.sendMessage.mutate({ recipient: 'somebody', text: `ours ${index}` });
    await other.chat.createRoom.mutate({ name: 'room 3' });
    await close();
    return folder;
  }

  const content = (folder: string) => {
    const tables = dump(`${folder}/mirage.db`);
    const { users, inbox_messages: messages, rooms, room_members: members } = tables;
    const names = [
      (users as { username: string }[]).map(({ username }) => username),
      tables.inbox_conversations,
    ];
    const texts = (messages as { id: number; message: string }[]).map(({ id, message }) => [id, message]);
    const rest = [rooms, members].map((table) =>
      (table as { id: number; username?: string; name?: string }[]).map((row) => [
        row.id,
        row.username ?? row.name,
      ]),
    );
    return { names, texts, rest };
  };

  const once = await usedFolder();
  await runCommand(args, { folder: once });
  const folder = await usedFolder();
  const command = spawnCommand(args, { folder });
  for await (const line of command.stderrLines) if (Number(/^(\d+) of/.exec(line)?.[1] ?? 0) >= 2500) break;
  command.kill('SIGKILL');
  expect((await command.outcome).code).toBeNull();
  expect(await runCommand(args, { folder })).toMatchObject({ code: 0 });
  expect(content(folder)).toEqual(content(once));
});

it('leaves a consistent database for the server after being killed', async () => {
  const args = ['import-legacy', '--batch', String(batch), '--db', await legacyFile()];
  const { folder } = await killedAfter(2500, args);
  const mirage = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  const wrong = await mirage.deps.db.$queryRaw`
    SELECT username FROM users WHERE coalesce((SELECT sum(total) FROM inbox_conversations c WHERE c.username = users.username), 0) <>
      (SELECT count(*) FROM inbox_messages m WHERE m.sender = username OR m.recipient = username)`;
  expect(wrong).toEqual([]);
  expect(await mirage.deps.db.inboxMessage.count()).toBeGreaterThan(0);
  const { client } = await mirage.user('newcomer');
  await client.inbox.sendMessage.mutate({ recipient: 'newcomer', text: 'hello' });
  expect(await client.inbox.countMessages.query()).toMatchObject({ total: 1, unread: 0 });
  const parts = ({ deps }: Mirage) =>
    deps.db.$queryRaw`SELECT name, sql FROM sqlite_master WHERE tbl_name = 'inbox_messages' ORDER BY name`;
  expect(await parts(mirage)).toEqual(await parts(await startMirage()));
});

it('stops between two batches on a signal and says how to continue', async () => {
  const args = ['import-legacy', '--batch', String(batch), '--db', await legacyFile()];
  const { folder, outcome } = await killedAfter(700, args, 'SIGINT');
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toMatch(/\nmirage: interrupted; run the same command again to continue\n$/);
  expect(await runCommand(args, { folder })).toMatchObject({ code: 0 });
});
