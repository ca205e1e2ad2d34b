import { Prisma } from '../generated/sqlite/client.ts';
import type { RawSql } from './raw-sql.ts';

export interface InboxRow {
  sender: string;
  recipient: string;
  text: string;
  createdAt: Date;
}

/** How a database takes a whole group of messages with one parameter. */
export interface InboxStatements {
  /** Which of these user names there are. */
  findUsers(names: string[]): Promise<string[]>;
  /** Stores the rows in one commit. Gives their ids, which rise in the order of the rows. */
  insert(rows: InboxRow[]): Promise<number[]>;
}

export const sqliteInbox = (sql: RawSql): InboxStatements => ({
  async findUsers(names) {
    const found = await sql<{ username: string }>(Prisma.sql`
      SELECT username FROM users WHERE username IN (SELECT value FROM json_each(${JSON.stringify(names)}))`);
    return found.map(({ username }) => username);
  },

  async insert(rows) {
    const json = JSON.stringify(
      rows.map(({ sender, recipient, text, createdAt }) => [sender, recipient, text, storedTime(createdAt)]),
    );
    return idsOf(
      await sql(Prisma.sql`
        INSERT INTO inbox_messages (sender, recipient, message, created_at)
        SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(${json}) ORDER BY key
        RETURNING id`),
    );
  },
});

export const postgresInbox = (sql: RawSql): InboxStatements => ({
  async findUsers(names) {
    const found = await sql<{ username: string }>(Prisma.sql`
      SELECT username FROM users
      WHERE username IN (SELECT jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`);
    return found.map(({ username }) => username);
  },

  async insert(rows) {
    const json = JSON.stringify(
      rows.map(({ createdAt, ...row }, place) => ({ place, ...row, created_at: createdAt })),
    );
    // A trigger of the table lets one such statement at a time have its ids, up to its commit.
    return idsOf(
      await sql(Prisma.sql`
        INSERT INTO inbox_messages (sender, recipient, message, created_at)
        SELECT sender, recipient, text, created_at
        FROM jsonb_to_recordset(${json}::jsonb)
          AS row (place int, sender text, recipient text, text text, created_at timestamp)
        ORDER BY place
        RETURNING id`),
    );
  },
});

/** In which order RETURNING gives them is not said, but ids are given in the order of the rows. */
function idsOf(inserted: unknown): number[] {
  const rows = inserted as { id: number | bigint }[]; // safe: what the statements above return
  return rows.map(({ id }) => Number(id)).sort((a, b) => a - b);
}

/** As Prisma's adapter stores times. */
const storedTime = (time: Date) => time.toISOString().replace('Z', '+00:00');
