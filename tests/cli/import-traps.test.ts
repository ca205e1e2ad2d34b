import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { countInboxMessages } from '../../src/server/services/inbox/read-marks.ts';
import { runCommand, runJson } from '../support/command.ts';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { writeLegacy } from '../support/legacy-file.ts';

interface Line {
  conflict?: { table: string; legacyId: number; what: string };
  report?: {
    conflicts: number;
    tables: Record<
      string,
      { read: number; imported: number; skipped: number; reasons: Record<string, number> }
    >;
  };
}

/** Imports what `sql` makes, and whatever `messages.txt` holds. */
async function imported(sql: string, messages?: unknown, env: Record<string, string> = {}) {
  const folder = await temporaryFolder();
  const legacy = writeLegacy(`${folder}/db.sqlite`, sql);
  const args = ['import-legacy', '--db', legacy];
  if (messages !== undefined) {
    writeFileSync(
      `${folder}/messages.txt`,
      typeof messages === 'string' ? messages : JSON.stringify(messages),
    );
    args.push('--messages', `${folder}/messages.txt`);
  }
  const lines = await runJson<Line>(args, { folder, env });
  const mirage = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  const { db } = mirage.deps;
  return {
    ...mirage,
    folder,
    args,
    conflicts: lines.flatMap(({ conflict }) => (conflict ? [conflict.what] : [])),
    tables: lines.at(-1)?.report?.tables ?? {},
    users: () => db.user.findMany({ orderBy: { id: 'asc' } }),
    names: async () => (await db.user.findMany({ orderBy: { id: 'asc' } })).map(({ username }) => username),
    rooms: () => db.room.findMany({ orderBy: { id: 'asc' } }),
    members: async () =>
      (await db.roomMember.findMany({ orderBy: { id: 'asc' } })).map(({ roomId, username }) => [
        roomId,
        username,
      ]),
    inbox: () => db.inboxMessage.findMany({ orderBy: { id: 'asc' } }),
  };
}

const user = (name: string, more = '') =>
  `INSERT INTO users (username, email, password ${more && `, ${more.split('=')[0]}`}) VALUES (${quoted(name)}, ${quoted(`${name}@x`)}, 'hash' ${more && `, ${more.split('=')[1]}`});`;
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const nul = (before: string, after: string) =>
  `CAST(x'${Buffer.from(`${before}\0${after}`).toString('hex')}' AS TEXT)`;

it('reads files with and without the columns of later versions', async () => {
  const folder = await temporaryFolder();
  for (const extra of ['', ', custom_css TEXT, background_image TEXT']) {
    const db = new Database(`${folder}/legacy${extra.length}.sqlite`);
    db.exec(`
      CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE NOT NULL, email TEXT UNIQUE NOT NULL, password TEXT NOT NULL${extra});
      CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
      CREATE TABLE room_members (id INTEGER PRIMARY KEY, room_id INTEGER NOT NULL, username TEXT NOT NULL);
      CREATE TABLE inbox_messages (id INTEGER PRIMARY KEY, sender TEXT NOT NULL, recipient TEXT NOT NULL, message TEXT NOT NULL);
      INSERT INTO users (username, email, password) VALUES ('old${extra.length}', 'old${extra.length}@x', 'hash');`);
    db.close();
    const outcome = await runCommand(['import-legacy', '--db', `${folder}/legacy${extra.length}.sqlite`], {
      folder,
    });
    expect(outcome).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('users           1         1'),
    });
  }
});

it('removes U+0000 everywhere and resolves users by the remaining name', async () => {
  const { names, users, inbox, members, rooms, conflicts } = await imported(`
    INSERT INTO users (username, email, password, description) VALUES (${nul('an', 'na')}, ${nul('a', '@x')}, 'hash', ${nul('d', 'd')});
    ${user('bob')}
    INSERT INTO rooms (name) VALUES (${nul('ro', 'om')});
    INSERT INTO room_members (room_id, username) VALUES (1, ${nul('an', 'na')});
    INSERT INTO inbox_messages (sender, recipient, message) VALUES (${nul('an', 'na')}, 'bob', ${nul('be', 'fore and after')});`);
  expect(await names()).toEqual(['anna', 'bob']);
  expect(await users()).toMatchObject([{ email: 'a@x', description: 'dd' }, {}]);
  expect(await inbox()).toMatchObject([{ sender: 'anna', recipient: 'bob', text: 'before and after' }]);
  expect(await rooms()).toMatchObject([{ name: 'room', createdBy: 'anna' }]);
  expect(await members()).toEqual([[1, 'anna']]);
  expect(conflicts).toHaveLength(2); // both names are others now, and somebody has to know
});

it('keeps users and their messages apart if only U+0000 distinguishes the names', async () => {
  const { names, inbox } = await imported(`
    ${user('anna')} INSERT INTO users (username, email, password) VALUES (${nul('an', 'na')}, 'other@x', 'hash');
    INSERT INTO inbox_messages (sender, recipient, message) VALUES ('anna', 'anna', 'of the first');
    INSERT INTO inbox_messages (sender, recipient, message) VALUES (${nul('an', 'na')}, ${nul('an', 'na')}, 'of the second');`);
  expect(await names()).toEqual(['anna', 'anna-2']);
  expect(await inbox()).toMatchObject([
    { sender: 'anna', text: 'of the first' },
    { sender: 'anna-2', recipient: 'anna-2', text: 'of the second' },
  ]);
});

it('imports unusual names, addresses and texts unchanged', async () => {
  const strange = [
    '42',
    'with space',
    `q"uo'te`,
    '<b>html</b>',
    '\u{FEFF}bom',
    'é',
    'e\u0301',
    'Alice',
    'alice',
    '%_',
    '-rf',
  ];
  const { names, users, inbox, conflicts } = await imported(`
    ${strange.map((name) => user(name)).join('\n')}
    INSERT INTO users (username, email, password) VALUES ('case', 'ALICE@X', 'hash');
    INSERT INTO inbox_messages (sender, recipient, message) VALUES ('42', '42', '   '), ('42', '42', '\u{FEFF}'), ('42', '42', '${'long '.repeat(20_000)}');`);
  expect(await names()).toEqual([...strange, 'case']);
  expect((await users()).at(-1)?.email).toBe('ALICE@X');
  expect((await inbox()).map(({ text }) => text)).toEqual(['   ', '\u{FEFF}', 'long '.repeat(20_000)]);
  expect(conflicts).toEqual([]);
});

it('accepts NULL and values of any type for texts and times', async () => {
  const { users, inbox } = await imported(`
    INSERT INTO users (username, email, password, avatar_url, description, created_at) VALUES ('null', 'n@x', 'hash', NULL, NULL, NULL);
    INSERT INTO users (username, email, password, description, created_at) VALUES (x'c3a9', 7, 'hash', 1.5, 'yesterday');
    INSERT INTO inbox_messages (sender, recipient, message, created_at) VALUES ('null', 'null', 7, '2024-02-30 25:00:00');
    INSERT INTO inbox_messages (sender, recipient, message, created_at) VALUES ('null', 'null', x'610062', '2024-02-29 12:30:45.678');
    INSERT INTO inbox_messages (sender, recipient, message, created_at) VALUES ('null', 'null', 'iso', '2024-02-29T12:30:45Z');`);
  expect(await users()).toMatchObject([
    { username: 'null', avatarUrl: '', description: '', createdAt: new Date(0) },
    { username: 'é', email: '7', description: '1.5', createdAt: new Date(0) },
  ]);
  expect(await inbox()).toMatchObject([
    { text: '7', createdAt: new Date(0) },
    { text: 'ab', createdAt: new Date('2024-02-29T12:30:45.678Z') },
    { text: 'iso', createdAt: new Date('2024-02-29T12:30:45Z') },
  ]);
});

it('shortens names above the maximum length so that their users can log in', async () => {
  const long = 'n'.repeat(150);
  const { names, rooms, inbox, members, conflicts } = await imported(`
    ${user(`${long}1`)} ${user(`${long}2`)} ${user(`${'n'.repeat(99)}🎉`)}
    INSERT INTO rooms (name) VALUES ('${long}');
    INSERT INTO room_members (room_id, username) VALUES (1, '${long}2');
    INSERT INTO inbox_messages (sender, recipient, message) VALUES ('${long}2', '${long}1', 'hi');`);
  expect(await names()).toEqual(['n'.repeat(100), `${'n'.repeat(98)}-2`, 'n'.repeat(99)]);
  expect(await rooms()).toMatchObject([{ name: 'n'.repeat(100) }]);
  expect(await members()).toEqual([[1, `${'n'.repeat(98)}-2`]]);
  expect(await inbox()).toMatchObject([{ sender: `${'n'.repeat(98)}-2`, recipient: 'n'.repeat(100) }]);
  expect(conflicts).toHaveLength(4);
});

it('trims the names of rooms as joining does', async () => {
  const { user: join, rooms } = await imported(`${user('bob')}
    INSERT INTO rooms (name) VALUES ('\u{FEFF}hall '), ('\u{FEFF}');`);
  expect(await rooms()).toMatchObject([{ name: 'hall' }, { name: 'room-2' }]);
  const { client } = await join('alice');
  expect(await client.chat.joinRoom.mutate({ name: '\u{FEFF}hall ' })).toMatchObject({ id: 1 });
});

it('treats any number but 0 as private, and imports passwords of private rooms only', async () => {
  const { rooms, conflicts } = await imported(`
    INSERT INTO rooms (name, is_private, password_hash) VALUES
      ('zero', 0, 'left over'), ('null', NULL, NULL), ('minus', -1, 'hash'), ('two', 2, 'hash'), ('lost', 1, NULL);`);
  expect((await rooms()).map(({ name, isPrivate, passwordHash }) => [name, isPrivate, passwordHash])).toEqual(
    [
      ['zero', false, null],
      ['null', false, null],
      ['minus', true, 'hash'],
      ['two', true, 'hash'],
      ['lost', true, null],
    ],
  );
  expect(conflicts).toEqual(['the private room "lost" has no password, so nobody can join it']);
});

it('imports a membership once with its first time, and skips unknown rooms and users', async () => {
  const { members, tables, rooms, deps } = await imported(`
    ${user('anna')} ${user('bob')} INSERT INTO rooms (name) VALUES ('hall'), ('cellar');
    INSERT INTO room_members (room_id, username, joined_at) VALUES
      (1, 'bob', '2024-01-01 00:00:00'), (1, 'anna', '2024-01-02 00:00:00'), (1, 'bob', '2024-01-03 00:00:00'),
      (9, 'bob', '2024-01-01 00:00:00'), (2, 'ghost', '2024-01-01 00:00:00'), (2, 'anna', '2024-01-02 00:00:00');`);
  expect(await members()).toEqual([
    [1, 'bob'],
    [1, 'anna'],
    [2, 'anna'],
  ]);
  expect(tables.members).toEqual({
    read: 6,
    imported: 3,
    skipped: 3,
    reasons: { 'is already in the room': 1, 'there is no such room': 1, 'there is no such user': 1 },
  });
  expect((await deps.db.roomMember.findFirst())?.joinedAt).toEqual(new Date('2024-01-01T00:00:00Z'));
  // Of the cellar the creator is gone; nobody else becomes it, but whoever is there owns it.
  expect((await rooms()).map(({ createdBy }) => createdBy)).toEqual(['bob', null]);
  const owners = await deps.db.roomMember.findMany({ where: { role: 'owner' }, orderBy: { roomId: 'asc' } });
  expect(owners.map(({ roomId, username }) => [roomId, username])).toEqual([
    [1, 'bob'],
    [2, 'anna'],
  ]);
});

it('imports messages with deleted accounts, and skips those that nobody could read', async () => {
  const { inbox, tables } = await imported(`${user('anna')}
    INSERT INTO inbox_messages (sender, recipient, message) VALUES
      ('ghost', 'anna', 'from the dead'), ('anna', 'ghost', 'to the dead'), ('ghost', 'ghoul', 'among the dead');`);
  expect(await inbox()).toMatchObject([{ text: 'from the dead' }, { text: 'to the dead' }]);
  expect(tables['inbox messages']).toEqual({
    read: 3,
    imported: 2,
    skipped: 1,
    reasons: { 'neither sender nor recipient has an account': 1 },
  });
});

it('assigns new ids to messages whose ids are out of range', async () => {
  const {
    inbox,
    conflicts,
    client,
    user: register,
  } = await imported(`${user('anna')}
    INSERT INTO inbox_messages (id, sender, recipient, message) VALUES
      (-5, 'anna', 'anna', 'below'), (7, 'anna', 'anna', 'good'), (5000000000, 'anna', 'anna', 'above'),
      (9223372036854775807, 'anna', 'anna', 'the last');`);
  expect((await inbox()).map(({ id, text }) => [id, text])).toEqual([
    [7, 'good'],
    [8, 'below'],
    [9, 'above'],
    [10, 'the last'],
  ]);
  expect(conflicts).toHaveLength(3);
  const { token } = await register('bob');
  expect((await client(token).inbox.sendMessage.mutate({ recipient: 'anna', text: 'next' })).id).toBe(11);
});

it('counts sent and received messages, and a message to oneself once', async () => {
  const { users, deps } = await imported(`${user('anna')} ${user('bob')} ${user('carl')}
    INSERT INTO inbox_messages (sender, recipient, message) VALUES
      ('anna', 'anna', '1'), ('anna', 'bob', '2'), ('bob', 'anna', '3'), ('bob', 'anna', '4');`);
  expect(await users()).toHaveLength(3);
  const counts = await Promise.all(['anna', 'bob', 'carl'].map((name) => countInboxMessages(deps, name)));
  // The original kept no read state, so what was imported counts as read.
  expect(counts.map(({ total, unread }) => [total, unread])).toEqual([
    [4, 0],
    [3, 0],
    [0, 0],
  ]);
});

it('gives a token shared by two users to the first, as the original did', async () => {
  const token = '1d2f0a52-9a07-4a3c-8f3b-0d8b3a3d9a11';
  const { rest, tables } = await imported(`
    ${user('anna', `token='${token}'`)} ${user('bob', `token='${token}'`)} ${user('carl', "token=''")}`);
  expect(tables.sessions).toMatchObject({ read: 2, imported: 1, skipped: 1 });
  await rest('POST', '/api/create_room', { token, room_name: 'mine' });
  expect(await rest('GET', '/api/room_members/1', { token })).toEqual([200, { members: ['anna'] }]);
});

const now = Date.now() / 1000;
const good = { username: 'anna', message: 'good', created_at: now - 10, room_id: 1 };

it('imports room messages in order of time, and skips expired and unreadable ones', async () => {
  const { deps, tables } = await imported(
    `${user('anna')} INSERT INTO rooms (name) VALUES ('hall'), ('cellar'); INSERT INTO room_members (room_id, username) VALUES (1, 'anna');`,
    JSON.stringify([
      { ...good, message: 'third', created_at: now - 1 },
      { ...good, message: 'first', created_at: now - 20 },
      { ...good, message: 'second', room_id: '1' },
      { ...good, message: 'half \ud83d and nul \0', created_at: now - 0.5 },
      { ...good, message: 'old', created_at: now - 54_001 },
      { ...good, message: 'other room', room_id: 2 },
      { ...good, message: 'no room', room_id: 3 },
      { ...good, message: 'padded', room_id: ' 1 ' },
      { ...good, message: 'zero', room_id: '01' },
      { ...good, message: 'FLOAT', room_id: 1 },
      { ...good, message: 7 },
      'no message',
      { ...good, message: 'no time', created_at: 'NAN' },
    ])
      .replace(/("FLOAT".*?"room_id":)1/, '$11.0')
      .replace('"NAN"', 'NaN'),
  );
  const messages = await deps.roomMessages.list(1);
  expect(messages.map(({ text }) => text)).toEqual(['first', 'second', 'third', 'half \uFFFD and nul ']);
  expect(messages[0]?.createdAt).toEqual(new Date((now - 20) * 1000));
  expect((await deps.roomMessages.list(2)).map(({ text }) => text)).toEqual(['other room']);
  expect(tables['room messages']).toEqual({
    read: 13,
    imported: 5,
    skipped: 8,
    reasons: {
      'has expired': 1,
      'there is no such room': 1,
      'unreadable in the original because of its room id': 3,
      'not a message': 3,
    },
  });
});

it('assigns higher ids after imported room messages, which expire on time', async () => {
  const {
    deps,
    clock,
    user: register,
  } = await imported(`${user('anna')} INSERT INTO rooms (name) VALUES ('hall');`, [
    { ...good, created_at: now + 3600, message: 'ahead of its time' },
    good,
  ]);
  const { client } = await register('bob');
  await client.chat.joinRoom.mutate({ name: 'hall' });
  await client.chat.sendMessage.mutate({ roomId: 1, text: 'new' });
  const held = await client.chat.listMessages.query({ roomId: 1 });
  expect(held.map(({ text }) => text)).toEqual(['good', 'ahead of its time', 'new']);
  const news = await client.chat.listMessages.query({ roomId: 1, after: held[1]?.id ?? '' });
  expect(news.map(({ text }) => text)).toEqual(['new']);
  clock.advance(54_000_000);
  expect(await deps.roomMessages.list(1)).toEqual([]);
});

it('skips room messages beyond the capacity of the server', async () => {
  const { deps, tables } = await imported(
    "INSERT INTO rooms (name) VALUES ('hall');",
    Array.from({ length: 130 }, (_, index) => ({
      ...good,
      message: `${index}`,
      created_at: now - 200 + index,
    })),
  );
  expect((await deps.roomMessages.list(1)).map(({ text }) => text)).toEqual(
    Array.from({ length: 100 }, (_, index) => `${index + 30}`),
  );
  expect(tables['room messages']).toMatchObject({ imported: 100, skipped: 30 });
});

it('skips those of the busy room when the server is fair', async () => {
  const { deps, tables } = await imported(
    "INSERT INTO rooms (name) VALUES ('quiet'), ('busy');",
    Array.from({ length: 130 }, (_, index) => ({
      ...good,
      room_id: index < 5 ? 1 : 2,
      message: `${index}`,
      created_at: now - 200 + index,
    })),
    { RING_FAIRNESS: 'on' },
  );
  expect((await deps.roomMessages.list(1)).map(({ text }) => text)).toEqual(['0', '1', '2', '3', '4']);
  expect((await deps.roomMessages.list(2)).map(({ text }) => text)).toEqual(
    Array.from({ length: 95 }, (_, index) => `${index + 35}`),
  );
  expect(tables['room messages']).toMatchObject({ imported: 100, skipped: 30 });
});

it('drops imported messages of a room that is deleted before the server starts', async () => {
  const folder = await temporaryFolder();
  const legacy = writeLegacy(
    `${folder}/db.sqlite`,
    "INSERT INTO rooms (name, created_at) VALUES ('hall', '2024-01-01 00:00:00'), ('den', '2024-01-01 00:00:00');",
  );
  const messages = [good, { ...good, room_id: 2, message: 'of the den' }];
  writeFileSync(`${folder}/messages.txt`, JSON.stringify(messages));
  const args = ['import-legacy', '--db', legacy, '--messages', `${folder}/messages.txt`];
  await runJson(args, { folder });
  expect(await runCommand(['room', 'delete', 'hall', '--yes'], { folder })).toMatchObject({ code: 0 });
  const { deps } = await startMirage({ databaseUrl: `file:${folder}/mirage.db` });
  expect(await deps.roomMessages.list(1)).toEqual([]);
  expect((await deps.roomMessages.list(2)).map(({ text }) => text)).toEqual(['of the den']);
  expect(deps.roomMessages.size()).toBe(1);
});
