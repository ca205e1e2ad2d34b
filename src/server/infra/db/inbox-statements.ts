import { Prisma } from './generated/sqlite/client.ts';
import { type MessageKey, postgresKeyTable, type SenderKey, sqliteKeyTable } from './message-keys.ts';
import { isWithheld, mayWrite } from './privacy-sql.ts';
import { type RawSql, storedTime } from './raw-sql.ts';

export interface NewInboxRow {
  sender: string;
  recipient: string;
  text: string;
  createdAt: Date;
  replyTo?: number | null;
  /** JSON, as it is stored. */
  attachments?: string | null;
  /** What the sender calls the message, so that a repeated send is recognized. */
  key?: MessageKey | null;
}

/** A message that was sent with a client id. */
export interface KnownKey extends MessageKey {
  sender: string;
  /** The message, which may have been deleted since. */
  id: number;
  sentAt: Date;
}

/** Where in the order of changes something was stored: after this change, in this era. */
export interface StoredAt {
  era: string;
  change: number;
}

/** How a database takes a whole group of messages with one parameter. */
export interface InboxStatements {
  /** For how long a commit waits for those whose messages the last one has stored, if it takes long itself. */
  readonly gatherMs?: number;
  /** Which of these user names there are. */
  findUsers(names: string[]): Promise<string[]>;
  /** Which of these client ids their senders have used before. */
  findKeys(keys: SenderKey[]): Promise<KnownKey[]>;
  /** Forgets that these messages had client ids, which are free again. */
  releaseKeys(ids: number[]): Promise<void>;
  /**
   * Stores the rows in one commit, but for those whose recipients do not want messages of their senders. Gives their ids,
   * which rise in the order of the rows, and undefined for those. Fails as a whole if one has a client id that its sender
   * has used before.
   */
  insert(rows: NewInboxRow[]): Promise<Inserted>;
}

interface Inserted extends StoredAt {
  ids: (number | undefined)[];
}

/** As the statements below return it; what a driver gives for numbers and times differs. */
interface KeyRow {
  sender: string;
  client_id: string;
  input_hash: string;
  id: number | bigint;
  created_at: Date | string;
}

interface InsertedRow {
  id: number | bigint;
  sender: string;
  recipient: string;
  era: string | null;
  newest_change: number | bigint | null;
}

/** Selected by the insert itself, so it is as of before it. */
const storedAt = Prisma.sql`
  (SELECT id || '-' || name FROM inbox_eras ORDER BY id DESC LIMIT 1) AS era,
  (SELECT max(id) FROM inbox_changes) AS newest_change`;

/** In `keys`, a table of (sender, client_id). */
const selectKeys = Prisma.sql`
  SELECT m.sender, m.client_id, m.input_hash, m.id, m.created_at FROM keys
  JOIN inbox_messages m ON m.sender = keys.sender AND m.client_id = keys.client_id AND m.client_id IS NOT NULL
  UNION ALL
  SELECT d.sender, d.client_id, d.input_hash, d.message_id, d.created_at FROM keys
  JOIN inbox_deleted_keys d ON d.sender = keys.sender AND d.client_id = keys.client_id`;

export const sqliteInbox = (sql: RawSql): InboxStatements => ({
  async findUsers(names) {
    const found = await sql<{ username: string }>(Prisma.sql`
      SELECT username FROM users WHERE username IN (SELECT value FROM json_each(${JSON.stringify(names)}))`);
    return found.map(({ username }) => username);
  },

  async findKeys(keys) {
    return keysOf(await sql<KeyRow>(Prisma.sql`${sqliteKeyTable(keys)} ${selectKeys}`));
  },

  releaseKeys: (ids) => releaseKeys(sql, Prisma.sql`SELECT value FROM json_each(${JSON.stringify(ids)})`),

  async insert(rows) {
    const json = JSON.stringify(
      rows.map(({ sender, recipient, text, createdAt, replyTo, attachments, key }) => [
        sender,
        recipient,
        text,
        storedTime(createdAt),
        replyTo ?? null,
        key?.clientId ?? null,
        key?.inputHash ?? null,
        attachments ?? null,
      ]),
    );
    return insertedOf(
      rows,
      await sql<InsertedRow>(Prisma.sql`
        INSERT INTO inbox_messages (
          sender, recipient, message, created_at, reply_to, client_id, input_hash, attachments,
          hidden_from_recipient)
        SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7,
          ${isWithheld(Prisma.sql`value->>0`, Prisma.sql`value->>1`)}
        FROM json_each(${json}) WHERE ${mayWrite(Prisma.sql`value->>0`, Prisma.sql`value->>1`)} ORDER BY key
        RETURNING id, sender, recipient, ${storedAt}`),
    );
  },
});

export const postgresInbox = (sql: RawSql): InboxStatements => ({
  gatherMs: 5,

  async findUsers(names) {
    const found = await sql<{ username: string }>(Prisma.sql`
      SELECT username FROM users
      WHERE username IN (SELECT jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`);
    return found.map(({ username }) => username);
  },

  async findKeys(keys) {
    return keysOf(await sql<KeyRow>(Prisma.sql`${postgresKeyTable(keys)} ${selectKeys}`));
  },

  releaseKeys: (ids) =>
    releaseKeys(sql, Prisma.sql`SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::int`),

  async insert(rows) {
    const json = JSON.stringify(
      rows.map(({ createdAt, replyTo, key, ...row }, place) => ({
        place,
        ...row,
        created_at: createdAt,
        reply_to: replyTo ?? null,
        client_id: key?.clientId ?? null,
        input_hash: key?.inputHash ?? null,
      })),
    );
    // A trigger of the table lets one such statement at a time have its ids, up to its commit.
    return insertedOf(
      rows,
      await sql<InsertedRow>(Prisma.sql`
        INSERT INTO inbox_messages (
          sender, recipient, message, created_at, reply_to, client_id, input_hash, attachments,
          hidden_from_recipient)
        SELECT sender, recipient, text, created_at, reply_to, client_id, input_hash, attachments,
          ${isWithheld(Prisma.sql`row.sender`, Prisma.sql`row.recipient`)}
        FROM jsonb_to_recordset(${json}::jsonb) AS row (
          place int, sender text, recipient text, text text, created_at timestamp, reply_to int,
          client_id text, input_hash text, attachments text)
        WHERE ${mayWrite(Prisma.sql`row.sender`, Prisma.sql`row.recipient`)}
        ORDER BY place
        RETURNING id, sender, recipient, ${storedAt}`),
    );
  },
});

async function releaseKeys(sql: RawSql, ids: Prisma.Sql): Promise<void> {
  await sql(Prisma.sql`UPDATE inbox_messages SET client_id = NULL, input_hash = NULL WHERE id IN (${ids})`);
  await sql(Prisma.sql`DELETE FROM inbox_deleted_keys WHERE message_id IN (${ids})`);
}

/** In which order RETURNING gives them is not said, but ids are given in the order of the rows. */
function insertedOf(rows: NewInboxRow[], inserted: InsertedRow[]): Inserted {
  const ids = inserted.map(({ id }) => Number(id)).sort((a, b) => a - b);
  const [first] = inserted;
  const storedAt = { era: first?.era ?? '0-none', change: Number(first?.newest_change ?? 0) };
  if (inserted.length === rows.length) return { ids, ...storedAt };
  // A statement sees one state of the database, so all messages of one user to another fared alike.
  const wanted = new Set(inserted.map(pairOf));
  let next = 0;
  return {
    ids: rows.map((row) => {
      if (!wanted.has(pairOf(row))) return undefined;
      next += 1;
      return ids[next - 1];
    }),
    ...storedAt,
  };
}

const pairOf = ({ sender, recipient }: { sender: string; recipient: string }) =>
  JSON.stringify([sender, recipient]);

const keysOf = (rows: KeyRow[]): KnownKey[] =>
  rows.map((row) => ({
    sender: row.sender,
    clientId: row.client_id,
    inputHash: row.input_hash,
    id: Number(row.id),
    sentAt: new Date(row.created_at),
  }));
