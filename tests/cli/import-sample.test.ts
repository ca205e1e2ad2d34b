import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { type Mirage, startMirage, temporaryFolder } from '../support/harness.ts';
import { folderState, longLifespan, sample, sampleMessages } from '../support/legacy-file.ts';

interface Answers {
  inbox: { messages: { id: number }[] };
  inbox_count: unknown;
  rooms: unknown;
  user_rooms: { rooms: { room_id: number }[] };
  token: string;
}

interface RoomMessage {
  created_at: number;
}

interface Sample {
  users: {
    username: string;
    email: string;
    password: string;
    avatar_url: string;
    description: string;
    token_is_set: boolean;
  }[];
  api: Record<string, Answers>;
  rooms: { id: number; name: string; is_private: number; password: string | null; creator: string }[];
  members: Record<string, string[]>;
  room_messages: Record<string, RoomMessage[]>;
  deleted_message_ids: number[];
  usercount: number;
}

// safe: this is what the file holds
const expected = JSON.parse(
  readFileSync(new URL('../legacy/legacy-sample.json', import.meta.url), 'utf8'),
) as Sample;

const lifespan = { roomMessages: { capacity: 100, ttlMs: Number(longLifespan.MESSAGE_LIFESPAN) * 1000 } };

/** A Mirage into which the sample has been imported, by a process of its own. */
async function importedSample(): Promise<Mirage & { importFolder: string }> {
  const importFolder = await temporaryFolder();
  const imported = await runCommand(['import-legacy', '--db', sample, '--messages', sampleMessages], {
    folder: importFolder,
    env: longLifespan,
  });
  expect(imported).toMatchObject({ code: 0 });
  const mirage = await startMirage({ databaseUrl: `file:${importFolder}/mirage.db`, ...lifespan });
  return { ...mirage, importFolder };
}

/** Where Mirage differs on purpose: strictly newest first, and nobody is in a room twice. */
const newestFirst = ({ messages }: Answers['inbox']) => ({
  messages: [...messages].sort((a, b) => b.id - a.id),
});
const eachOnce = ({ rooms }: Answers['user_rooms']) => ({
  rooms: rooms.filter(({ room_id }, index) => rooms.findIndex((room) => room.room_id === room_id) === index),
});

it('accepts each legacy token as the original did', async () => {
  const { rest } = await importedSample();
  for (const [username, { token, inbox, inbox_count, rooms, user_rooms }] of Object.entries(expected.api)) {
    expect(await rest('GET', '/api/inbox', { token }), username).toEqual([200, newestFirst(inbox)]);
    expect(await rest('GET', '/api/inbox_count', { token }), username).toEqual([200, inbox_count]);
    expect(await rest('GET', '/api/rooms', { token }), username).toEqual([200, rooms]);
    expect(await rest('GET', '/api/user_rooms', { token }), username).toEqual([200, eachOnce(user_rooms)]);
  }
  expect((await rest('GET', '/api/usercount'))[1]).toBe(expected.usercount);
});

it('accepts the old password of every user and no other', async () => {
  const { rest, deps } = await importedSample();
  for (const { username, password, email, avatar_url, description } of expected.users) {
    const [status, body] = await rest('POST', '/api/login', { username, password });
    expect([status, body], username).toEqual([200, { token: expect.any(String), username }]);
    const wrong = { username, password: `${password}!` };
    expect(await rest('POST', '/api/login', wrong)).toEqual([401, { error: 'wrong password' }]);
    const row = await deps.db.user.findUniqueOrThrow({ where: { username } });
    expect(row).toMatchObject({ email, avatarUrl: avatar_url, description });
  }
});

it('imports the sessions of logged-in users and stores no plain token', async () => {
  const { deps, importFolder } = await importedSample();
  const sessions = await deps.db.session.findMany();
  expect(sessions.map(({ username }) => username)).toEqual(
    expected.users.filter(({ token_is_set }) => token_is_set).map(({ username }) => username),
  );
  for (const { token } of Object.values(expected.api))
    for (const file of ['mirage.db', 'mirage.db-wal'])
      expect(readFileSync(`${importFolder}/${file}`).includes(token)).toBe(false);
});

it('keeps rooms with their ids, creators, passwords and members', async () => {
  const { rest, deps } = await importedSample();
  const { token: dave } = (
    await rest('POST', '/api/login', { username: 'dave_logged_out', password: ' spaces kept ' })
  )[1] as {
    token: string;
  };
  for (const { id, name, is_private, password, creator } of expected.rooms) {
    const room = await deps.db.room.findUniqueOrThrow({ where: { id } });
    expect(room).toMatchObject({ name, isPrivate: is_private === 1, createdBy: creator });
    const members = await deps.db.roomMember.findMany({ where: { roomId: id }, orderBy: { id: 'asc' } });
    expect(members.map(({ username }) => username)).toEqual([...new Set(expected.members[id])]);
    const owners = members.filter(({ role }) => role === 'owner').map(({ username }) => username);
    expect(owners).toEqual(creator === null ? [] : [creator]);
    if (password !== null)
      expect(await rest('POST', '/api/join_room', { token: dave, name, password: 'guess' })).toEqual([
        403,
        { error: 'wrong password' },
      ]);
    expect(
      await rest('POST', '/api/join_room', { token: dave, name, password: password ?? '' }),
    ).toMatchObject([200, { room_id: id }]);
  }
});

it('serves the room messages of messages.txt once, with times to the millisecond', async () => {
  const { rest, deps, close, importFolder } = await importedSample();
  const tokens = { 1: 'alice', 2: 'bob', 3: 'alice', 4: 'Zoë🎉' };
  for (const [roomId, username] of Object.entries(tokens)) {
    const token = expected.api[username]?.token;
    const messages = (expected.room_messages[roomId] ?? []).map((message) => ({
      ...message,
      created_at: Math.floor(message.created_at * 1000) / 1000,
    }));
    expect(await rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token })).toEqual([
      200,
      { messages },
    ]);
  }
  expect(await deps.db.importedRoomMessage.count()).toBe(0);
  await close();
  const again = await startMirage({ databaseUrl: `file:${importFolder}/mirage.db`, ...lifespan });
  expect(await again.deps.roomMessages.list(1)).toEqual([]);
});

it('does not reuse the ids of deleted messages and rooms', async () => {
  const { client, deps } = await importedSample();
  const { token } = await client().auth.login.mutate({ username: 'alice', password: 'correct horse' });
  expect((await client(token).inbox.sendMessage.mutate({ recipient: 'bob', text: 'new' })).id).toBe(7);
  expect((await client(token).chat.createRoom.mutate({ name: 'new' })).id).toBe(5);
  expect(await deps.db.inboxMessage.count({ where: { id: { in: expected.deleted_message_ids } } })).toBe(0);
});

it('reports the import, is idempotent, and leaves the legacy folder unchanged', async () => {
  const folder = await temporaryFolder();
  const before = folderState(new URL('../legacy/', import.meta.url).pathname);
  const args = ['import-legacy', '--db', sample, '--messages', sampleMessages];
  const dry = await runCommand([...args, '--dry-run'], { folder, env: longLifespan });
  expect(folderState(folder)).toEqual({});
  const first = await runCommand(args, { folder, env: longLifespan });
  expect(first.stdout).toBe(
    [
      '                read      imported  skipped',
      'users           4         4         0',
      'sessions        3         3         0',
      'rooms           4         4         0',
      'members         8         7         1',
      'inbox messages  5         5         0',
      'room messages   5         5         0',
      'skipped: 1 of members: is already in the room',
      'conflicts: 0',
      '',
    ].join('\n'),
  );
  expect(dry.stdout).toBe(first.stdout);

  const bytes = readFileSync(`${folder}/mirage.db`);
  const second = await runCommand([...args, '--json'], { folder, env: longLifespan });
  expect(JSON.parse(second.stdout)).toEqual({
    report: {
      conflicts: 0,
      tables: Object.fromEntries(
        Object.entries({
          users: 4,
          sessions: 3,
          rooms: 4,
          members: 8,
          'inbox messages': 5,
          'room messages': 5,
        }).map(([table, read]) => [
          table,
          { read, imported: 0, skipped: read, reasons: { 'imported before': read } },
        ]),
      ),
    },
  });
  expect(readFileSync(`${folder}/mirage.db`).equals(bytes)).toBe(true);
  expect(folderState(new URL('../legacy/', import.meta.url).pathname)).toEqual(before);
});
