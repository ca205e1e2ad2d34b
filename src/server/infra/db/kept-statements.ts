import { Prisma } from './generated/sqlite/client.ts';
import { type MessageKey, postgresKeyTable, type SenderKey, sqliteKeyTable } from './message-keys.ts';
import type { RawSql } from './raw-sql.ts';

/** The two parts of the id of a room message. */
export interface IdParts {
  ms: number;
  seq: number;
}

/** A message for a kept room. */
export interface NewKeptRow {
  roomId: number;
  sender: string;
  text: string;
  /** By the clock. */
  createdMs: number;
  replyTo: IdParts | null;
  /** JSON, as it is stored. */
  mentions: string | null;
  /** JSON, as it is stored. */
  attachments: string | null;
  /** Of a system message. */
  event: string | null;
  key: MessageKey | null;
}

/** A message that was sent with a client id, and may have been deleted since. */
export interface KnownKeptKey extends MessageKey, IdParts {
  sender: string;
  roomId: number;
  createdMs: number;
  /** Of its room. */
  lifespanSeconds: number | null;
}

/** How a database takes a whole group of messages with one parameter. */
export interface KeptStatements {
  /**
   * Stores the rows in one commit, but for those whose rooms are gone. Gives the parts of their ids, which rise in the order of
   * the rows and above all that were given before, whatever the time `nowMs`. Fails as a whole if one has a client id that
   * its sender has used before.
   */
  insert(rows: NewKeptRow[], nowMs: number): Promise<(IdParts | undefined)[]>;
  /** Which of these client ids their senders have used before. */
  findKeys(keys: SenderKey[]): Promise<KnownKeptKey[]>;
  /** Forgets that a message had a client id, which is free again. */
  releaseKey(key: SenderKey): Promise<void>;
}

/** As the statements below return it; drivers give some numbers as bigint. */
interface InsertedRow {
  roomId: number;
  ms: number | bigint;
  seq: number | bigint;
}

interface KeyRow {
  sender: string;
  clientId: string;
  inputHash: string;
  roomId: number;
  ms: number | bigint;
  seq: number | bigint;
  createdMs: number | bigint;
  lifespanSeconds: number | bigint | null;
}

/** In `keys`, a table of (sender, client_id). */
const selectKeys = Prisma.sql`
  SELECT k.username AS sender, k.client_id AS "clientId", k.input_hash AS "inputHash", k.room_id AS "roomId", k.ms, k.seq,
    k.created_ms AS "createdMs", r.lifespan_seconds AS "lifespanSeconds"
  FROM keys
  JOIN kept_messages k ON k.username = keys.sender AND k.client_id = keys.client_id AND k.client_id IS NOT NULL
  LEFT JOIN rooms r ON r.id = k.room_id
  UNION ALL
  SELECT d.username, d.client_id, d.input_hash, d.room_id, d.message_ms, d.message_seq, d.created_ms, r.lifespan_seconds
  FROM keys
  JOIN kept_changes d ON d.username = keys.sender AND d.client_id = keys.client_id AND d.client_id IS NOT NULL
  LEFT JOIN rooms r ON r.id = d.room_id`;

export const sqliteKept = (sql: RawSql): KeptStatements => ({
  async insert(rows, nowMs) {
    const json = JSON.stringify(
      rows.map(({ roomId, sender, text, createdMs, replyTo, mentions, event, attachments, key }) => [
        roomId,
        sender,
        text,
        createdMs,
        replyTo?.ms ?? null,
        replyTo?.seq ?? null,
        key?.clientId ?? null,
        key?.inputHash ?? null,
        mentions,
        event,
        attachments,
      ]),
    );
    // A trigger moves the clock on.
    return idsOf(
      rows,
      await sql<InsertedRow>(Prisma.sql`
        INSERT INTO kept_messages (
          room_id, ms, seq, username, message, created_ms, reply_ms, reply_seq, client_id, input_hash, mentions, event,
          attachments)
        SELECT value->>0, max(c.ms, ${nowMs}), CASE WHEN c.ms < ${nowMs} THEN key ELSE c.seq + 1 + key END,
          value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, value->>8, value->>9,
          value->>10
        FROM json_each(${json}) CROSS JOIN kept_clock c JOIN rooms r ON r.id = value->>0
        WHERE r.history = 'kept' ORDER BY key
        RETURNING room_id AS "roomId", ms, seq`),
    );
  },

  async findKeys(keys) {
    return keysOf(await sql<KeyRow>(Prisma.sql`${sqliteKeyTable(keys)} ${selectKeys}`));
  },

  releaseKey: (key) => releaseKey(sql, key),
});

export const postgresKept = (sql: RawSql): KeptStatements => ({
  async insert(rows, nowMs) {
    const json = JSON.stringify(
      rows.map(({ roomId, sender, text, createdMs, replyTo, mentions, event, attachments, key }, place) => ({
        place,
        room_id: roomId,
        username: sender,
        text,
        created_ms: createdMs,
        reply_ms: replyTo?.ms ?? null,
        reply_seq: replyTo?.seq ?? null,
        client_id: key?.clientId ?? null,
        input_hash: key?.inputHash ?? null,
        mentions,
        event,
        attachments,
      })),
    );
    // The row of the clock is locked up to the commit, so that messages become visible in the order of their ids; and a
    // room that is about to be deleted either waits for its messages, or has none.
    return idsOf(
      rows,
      await sql<InsertedRow>(Prisma.sql`
        WITH given AS (
          SELECT * FROM jsonb_to_recordset(${json}::jsonb) AS row (
            place int, room_id int, username text, text text, created_ms bigint, reply_ms bigint, reply_seq bigint,
            client_id text, input_hash text, mentions text, event text, attachments text)),
        present AS (
          SELECT id FROM rooms WHERE id IN (SELECT room_id FROM given) AND history = 'kept' FOR KEY SHARE),
        clock AS (
          UPDATE kept_clock SET ms = greatest(ms, ${nowMs}::bigint),
            seq = CASE WHEN ms < ${nowMs}::bigint THEN ${rows.length - 1}::bigint ELSE seq + ${rows.length}::bigint END
          WHERE id = 1 RETURNING ms, seq)
        INSERT INTO kept_messages (
          room_id, ms, seq, username, message, created_ms, reply_ms, reply_seq, client_id, input_hash, mentions, event,
          attachments)
        SELECT g.room_id, c.ms, c.seq - ${rows.length - 1}::bigint + g.place, g.username, g.text, g.created_ms,
          g.reply_ms, g.reply_seq, g.client_id, g.input_hash, g.mentions, g.event, g.attachments
        FROM given g JOIN present p ON p.id = g.room_id CROSS JOIN clock c ORDER BY g.place
        RETURNING room_id AS "roomId", ms, seq`),
    );
  },

  async findKeys(keys) {
    return keysOf(await sql<KeyRow>(Prisma.sql`${postgresKeyTable(keys)} ${selectKeys}`));
  },

  releaseKey: (key) => releaseKey(sql, key),
});

async function releaseKey(sql: RawSql, { sender, clientId }: SenderKey): Promise<void> {
  for (const table of ['kept_messages', 'kept_changes'])
    await sql(Prisma.sql`
      UPDATE ${Prisma.raw(table)} SET client_id = NULL, input_hash = NULL
      WHERE username = ${sender} AND client_id = ${clientId}`);
}

/** In which order RETURNING gives them is not said, but ids rise in the order of the rows. */
function idsOf(rows: NewKeptRow[], inserted: InsertedRow[]): (IdParts | undefined)[] {
  const ids = inserted
    .map(({ ms, seq }) => ({ ms: Number(ms), seq: Number(seq) }))
    .sort((a, b) => a.ms - b.ms || a.seq - b.seq);
  if (ids.length === rows.length) return ids;
  // A statement sees one state of the database, so all messages of one room fared alike.
  const present = new Set(inserted.map(({ roomId }) => roomId));
  let next = 0;
  return rows.map(({ roomId }) => {
    if (!present.has(roomId)) return undefined;
    next += 1;
    return ids[next - 1];
  });
}

const keysOf = (rows: KeyRow[]): KnownKeptKey[] =>
  rows.map(({ ms, seq, createdMs, lifespanSeconds, ...row }) => ({
    ...row,
    ms: Number(ms),
    seq: Number(seq),
    createdMs: Number(createdMs),
    lifespanSeconds: lifespanSeconds === null ? null : Number(lifespanSeconds),
  }));
