import { openDatabaseFile } from './database-file.ts';

/** Rows written straight into the database of a running Mirage, which is how a test gets many of them cheaply. */
interface Seeded {
  folder: string;
}

const time = '2026-11-21T11:00:00.000+00:00';

/** `count` rows of `insert`, whose `n` goes from 1 to `count`. */
function insertMany(mirage: Seeded, count: number, insert: string, values: object): void {
  openDatabaseFile(mirage)
    .prepare(
      `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < @count) ${insert}`,
    )
    .run({ count, time, ...values });
}

interface SeededMessages {
  sender: string;
  recipient: string;
  count: number;
  text: string;
}

export const seedInbox = (mirage: Seeded, { count, ...message }: SeededMessages) =>
  insertMany(
    mirage,
    count,
    `INSERT INTO inbox_messages (sender, recipient, message, created_at)
    SELECT @sender, @recipient, @text, @time FROM numbers`,
    message,
  );

/** Members named `member 1` and so on, who have no accounts. */
export const seedMembers = (mirage: Seeded, roomId: number, count: number) =>
  insertMany(
    mirage,
    count,
    `INSERT INTO room_members (room_id, username, joined_at) SELECT @roomId, 'member ' || n, @time FROM numbers`,
    { roomId },
  );

export const seedPublicRooms = (mirage: Seeded, count: number) =>
  insertMany(
    mirage,
    count,
    `INSERT INTO rooms (name, is_private, created_at) SELECT 'public room ' || n, 0, @time FROM numbers`,
    {},
  );

/** Sessions that nobody has a token for. */
export const seedSessions = (mirage: Seeded, username: string, count: number) =>
  insertMany(
    mirage,
    count,
    `INSERT INTO sessions (token_hash, username, created_at, expires_at)
    SELECT 'seeded ' || @username || n, @username, @time, '2126-11-21T11:00:00.000+00:00' FROM numbers`,
    { username },
  );
