import { expect, it } from 'vitest';
import { runCommand, runJson } from '../support/command.ts';
import { type Mirage, startMirage, temporaryFolder } from '../support/harness.ts';
import { dump, writeLegacy } from '../support/legacy-file.ts';
import { refusal } from '../support/refusal.ts';
import { tokenOf } from '../support/token-of.ts';

interface Line {
  conflict?: { table: string; legacyId: number; what: string };
}

/** So that the same rows are the same rows whenever they are written. */
const pinned = (sql: string) =>
  ['users', 'rooms', 'inbox_messages'].reduce(
    (all, table) =>
      `${all}; UPDATE ${table} SET created_at = '2024-01-01 00:00:00' WHERE created_at > '2024-01-02'`,
    sql,
  );

const legacyAlice = `
  INSERT INTO users (username, email, password, token) VALUES
    ('alice', 'alice@example.com', 'sha256$salt$8a1c8f0f8a1c8f0f8a1c8f0f8a1c8f0f8a1c8f0f8a1c8f0f8a1c8f0f8a1c8f0f', 'token-of-legacy-alice'),
    ('alice-2', 'second@example.com', 'hash', NULL),
    ('bert', 'bob@example.com', 'hash', 'token-of-bert');
  INSERT INTO rooms (name, is_private, password_hash) VALUES ('general', 0, NULL), ('den', 1, '${'a'.repeat(64)}');
  INSERT INTO room_members (room_id, username) VALUES (1, 'alice'), (2, 'bert'), (2, 'alice');
  INSERT INTO inbox_messages (sender, recipient, message) VALUES
    ('alice', 'bert', 'legacy one'), ('bert', 'alice', 'legacy two'), ('alice', 'bob', 'to a ghost'), ('bert', 'bert', 'legacy four');`;

/** A Mirage in use, and what becomes of it when a legacy database with the same names is imported. */
async function usedMirage() {
  const mirage = await startMirage();
  const alice = await mirage.user('alice');
  const bob = await mirage.user('bob');
  await alice.client.chat.createRoom.mutate({ name: 'general' });
  await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'ours one' });
  await bob.client.inbox.sendMessage.mutate({ recipient: 'alice', text: 'ours two' });
  await mirage.close();
  return mirage;
}

async function importInto({ folder }: Pick<Mirage, 'folder'>, sql = legacyAlice) {
  const source = writeLegacy(`${await temporaryFolder()}/db.sqlite`, pinned(sql));
  const args = ['import-legacy', '--db', source];
  const lines = await runJson<Line>(args, { folder });
  return {
    args,
    conflicts: lines.flatMap(({ conflict }) => (conflict ? [conflict.what] : [])),
    report: lines.at(-1),
  };
}

const reopened = ({ folder }: Pick<Mirage, 'folder'>) =>
  startMirage({ databaseUrl: `file:${folder}/mirage.db` });

it('keeps both accounts with the same name and reports the new name', async () => {
  const used = await usedMirage();
  const { conflicts } = await importInto(used);
  const mirage = await reopened(used);
  const names = (await mirage.deps.db.user.findMany({ orderBy: { id: 'asc' } })).map(
    ({ username }) => username,
  );
  expect(names).toEqual(['alice', 'bob', 'alice-3', 'alice-2', 'bert']);
  expect(conflicts).toEqual([
    'the name "alice" is taken; imported as "alice-3"',
    'the e-mail address "alice@example.com" of "alice-3" is taken; imported with "alice@example.com (2)"',
    'the e-mail address "bob@example.com" of "bert" is taken; imported with "bob@example.com (2)"',
    'the room "general" is "general-2" here',
    'the room "general" has the id 3 here',
    'its id is taken or too large; it has the id 5 here',
    'its id is taken or too large; it has the id 6 here',
  ]);
});

it('keeps messages, rooms and sessions of accounts with the same name apart', async () => {
  const used = await usedMirage();
  await importInto(used);
  const { client, rest } = await reopened(used);
  const texts = async (token: string) =>
    (await client(token).inbox.listMessages.query({})).messages.map(({ id, text }) => `${id} ${text}`);

  const alice = await tokenOf(
    client().auth.login.mutate({
      username: 'alice',
      password: 'password of alice',
    }),
  );
  expect(await texts(alice)).toEqual(['2 ours two', '1 ours one']);
  expect(await client(alice).inbox.countMessages.query()).toMatchObject({ total: 2, unread: 1 });
  expect(await client(alice).chat.listJoinedRooms.query()).toMatchObject([{ id: 1, name: 'general' }]);

  const bob = await tokenOf(client().auth.login.mutate({ username: 'bob', password: 'password of bob' }));
  expect(await texts(bob)).toEqual(['2 ours two', '1 ours one']); // the ghost of the same name is somebody else

  expect(await texts('token-of-legacy-alice')).toEqual(['6 legacy two', '5 legacy one', '3 to a ghost']);
  expect(await client('token-of-legacy-alice').auth.me.query()).toMatchObject({ username: 'alice-3' });
  expect(await client('token-of-legacy-alice').chat.listJoinedRooms.query()).toMatchObject([
    { name: 'general-2', createdBy: 'alice-3' },
    { id: 2, name: 'den', createdBy: 'bert' },
  ]);
  expect(await texts('token-of-bert')).toEqual(['6 legacy two', '5 legacy one', '4 legacy four']);
  expect((await rest('GET', '/api/inbox_count', { token: 'token-of-bert' }))[1]).toEqual({ inbox_count: 3 });
});

it('changes nothing on a second run and reports the new names again', async () => {
  const used = await usedMirage();
  const { args } = await importInto(used);
  const before = dump(`${used.folder}/mirage.db`);
  const lines = await runJson<Line>(args, { folder: used.folder });
  expect(dump(`${used.folder}/mirage.db`)).toEqual(before);
  expect(lines.flatMap(({ conflict }) => (conflict ? [conflict.what] : []))).toEqual([
    '"alice" is "alice-3" here',
    'the room "general" is "general-2" here',
    'the room "general" has the id 3 here',
  ]);
});

it('does not restore rows that have been deleted, ended or left since', async () => {
  const folder = await temporaryFolder();
  const { args } = await importInto({ folder });
  const mirage = await reopened({ folder });
  const api = mirage.client('token-of-bert');
  await api.inbox.deleteMessage.mutate({ id: 2 });
  await mirage.client('token-of-legacy-alice').chat.leaveRoom.mutate({ roomId: 2 });
  await mirage.client('token-of-legacy-alice').chat.deleteRoom.mutate({ roomId: 1 });
  await api.auth.changePassword.mutate({ newPassword: 'a new password' });
  await api.auth.logout.mutate();
  await mirage.close();
  const before = dump(`${folder}/mirage.db`);
  await runJson(args, { folder });
  expect(dump(`${folder}/mirage.db`)).toEqual(before);
});

it('imports rows added to the legacy database since the last run', async () => {
  const folder = await temporaryFolder();
  await importInto({ folder });
  await importInto(
    { folder },
    `${legacyAlice}
    INSERT INTO users (username, email, password) VALUES ('new', 'new@x', 'hash');
    INSERT INTO inbox_messages (sender, recipient, message) VALUES ('new', 'alice', 'legacy five');
    UPDATE users SET token = 'newer-token-of-bert' WHERE username = 'bert';`,
  );
  const { deps, client } = await reopened({ folder });
  expect(await deps.db.user.count()).toBe(4);
  expect((await deps.db.inboxMessage.findMany({ orderBy: { id: 'asc' } })).map(({ text }) => text)).toEqual([
    'legacy one',
    'legacy two',
    'to a ghost',
    'legacy four',
    'legacy five',
  ]);
  for (const token of ['token-of-bert', 'newer-token-of-bert'])
    expect(await client(token).auth.me.query()).toMatchObject({ username: 'bert' });
});

it('imports two legacy databases one after the other and keeps them apart', async () => {
  const folder = await temporaryFolder();
  await importInto(
    { folder },
    `INSERT INTO users (username, email, password, token) VALUES ('alice', 'a@x', 'hash', 'first');
    INSERT INTO inbox_messages (sender, recipient, message) VALUES ('alice', 'alice', 'of the first');`,
  );
  await importInto(
    { folder },
    `INSERT INTO users (username, email, password, token, created_at) VALUES ('alice', 'b@x', 'hash', 'second', '2020-01-01 00:00:00');
    INSERT INTO inbox_messages (sender, recipient, message) VALUES ('alice', 'alice', 'of the second');`,
  );
  const { client } = await reopened({ folder });
  for (const token of ['first', 'second'])
    expect((await client(token).inbox.listMessages.query({})).messages).toMatchObject([
      { text: `of the ${token}` },
    ]);
});

it('imports no session of an account that has been disabled since', async () => {
  const folder = await temporaryFolder();
  await importInto({ folder });
  await runCommand(['user', 'disable', 'bert', '--yes'], { folder });
  await importInto({ folder }, legacyAlice.replace("'token-of-bert'", "'newer-token-of-bert'"));
  const { client } = await reopened({ folder });
  await expect(client('newer-token-of-bert').auth.me.query()).rejects.toMatchObject(refusal('UNAUTHORIZED'));
});

it('refuses while a server uses the database, except for a dry run, which changes nothing', async () => {
  const mirage = await startMirage();
  await mirage.user('alice');
  const source = writeLegacy(`${await temporaryFolder()}/db.sqlite`, legacyAlice);
  const args = ['import-legacy', '--db', source];
  const outcome = await runCommand(args, mirage);
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toMatch(
    /^mirage: cannot use the database .*: a server \(process \d+\) is using it\n$/,
  );
  const before = dump(`${mirage.folder}/mirage.db`);
  const dry = await runCommand([...args, '--dry-run'], mirage);
  expect(dry).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('the name "alice" is taken; imported as "alice-3"'),
  });
  expect(dump(`${mirage.folder}/mirage.db`)).toEqual(before);
});
