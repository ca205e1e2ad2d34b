import { hash } from 'node:crypto';
import Database from 'better-sqlite3';

interface Size {
  users: number;
  messages: number;
  rooms?: number;
}

/** The original's tables that an import reads, as the original created them. */
export const legacyTables = `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE NOT NULL, email TEXT UNIQUE NOT NULL,
    avatar_url TEXT, description TEXT, password TEXT NOT NULL, token TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE NOT NULL, is_private INTEGER DEFAULT 0,
    password_hash TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE room_members (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL, username TEXT NOT NULL,
    joined_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (room_id) REFERENCES rooms (id), FOREIGN KEY (username) REFERENCES users (username));
  CREATE TABLE inbox_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, recipient TEXT NOT NULL, message TEXT NOT NULL,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (sender) REFERENCES users (username), FOREIGN KEY (recipient) REFERENCES users (username));`;

/** A legacy database; the same size gives the same contents. Every second user is logged in. */
export function writeLegacyDatabase(path: string, { users, messages, rooms = 50 }: Size): void {
  const db = new Database(path);
  db.pragma('synchronous = OFF');
  db.exec(legacyTables);
  const random = randomNumbers();
  const someone = () => `user ${Math.floor(random() * users)}`;
  const someTime = (index: number) =>
    new Date(1_700_000_000_000 + index * 1000).toISOString().slice(0, 19).replace('T', ' ');

  const addUser = db.prepare(
    'INSERT INTO users (username, email, avatar_url, description, password, token, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const addRoom = db.prepare(
    'INSERT INTO rooms (name, is_private, password_hash, created_at) VALUES (?, ?, ?, ?)',
  );
  const addMember = db.prepare('INSERT INTO room_members (room_id, username, joined_at) VALUES (?, ?, ?)');
  const addMessage = db.prepare(
    'INSERT INTO inbox_messages (sender, recipient, message, created_at) VALUES (?, ?, ?, ?)',
  );
  db.transaction(() => {
    for (let index = 0; index < users; index += 1) {
      const name = `user ${index}`;
      const password = `pbkdf2:sha256:260000$PxKT8NO817x78n9A$${hash('sha256', name)}`;
      const token = index % 2 === 0 ? uuidOf(name) : null;
      addUser.run(name, `${index}@example.com`, '', 'Somebody', password, token, someTime(index));
    }
    for (let index = 0; index < rooms; index += 1)
      addRoom.run(
        `room ${index}`,
        index % 2,
        index % 2 === 0 ? null : hash('sha256', `password ${index}`),
        someTime(index),
      );
    // May exceed the number of pairs: the original let users join twice.
    for (let index = 0; index < users; index += 1)
      addMember.run(1 + (index % rooms), someone(), someTime(index));
    for (let index = 0; index < messages; index += 1) {
      const text = `message ${index} ${'with some more text, '.repeat(Math.floor(random() * 5))}`;
      addMessage.run(someone(), someone(), text, someTime(index));
    }
  })();
  db.close();
}

/** The current token of this user. */
export function uuidOf(name: string): string {
  const hex = hash('sha256', `token of ${name}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A deterministic sequence (linear congruential generator). */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
