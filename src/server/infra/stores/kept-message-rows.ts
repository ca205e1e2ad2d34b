import { knownDate } from '../../core/known-dates.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { parseAttachments, textOrNames } from '../files/attachments.ts';
import {
  type Authored,
  messageIdOf,
  noMessageId,
  parseMentions,
  partsOf,
  previewOf,
  type Reaction,
  type RoomChange,
  type RoomMessage,
  type SystemEvent,
  systemOf,
} from './room-message-store.ts';

/** When a message expires whose room has this lifespan, as the database gives both. */
export type ExpiresAt = (createdMs: number | bigint, lifespanSeconds: number | bigint | null) => number;

export interface KeptRange {
  /** Only messages with higher ids. */
  after?: string | undefined;
  /** Only messages with lower ids. */
  before?: string | undefined;
  /** Only these, of which there is one at least. */
  ids?: readonly string[] | undefined;
  /** Which end is read first. */
  from: 'oldest' | 'newest';
  /** Without system messages. */
  sentOnly?: boolean | undefined;
}

/** What one statement has read of a room. */
export interface KeptSlice {
  /** In the order asked for, without those that have expired. */
  messages: RoomMessage[];
  hasExpired: boolean;
  /** The id of the last row, expired or not. Undefined where the range has no more. */
  edge: string | undefined;
  /** The newest message that has expired and been deleted. */
  lost: string;
  /** The newest id ever given, to a message or a change of any room. */
  newest: string;
  /** The place of the newest change in the room. */
  changed: string;
}

interface Reading {
  expiresAt: ExpiresAt;
  now: number;
}

/** As the driver gives it. */
interface MessageRow {
  ms: number | bigint | null;
  seq: number | bigint | null;
  username: string;
  text: string;
  createdMs: number | bigint;
  clientId: string | null;
  mentions: string | null;
  replyMs: number | bigint | null;
  replySeq: number | bigint | null;
  quotedSender: string | null;
  quotedText: string | null;
  /** Of one without text. */
  quotedFiles: string | null;
  quotedMs: number | bigint | null;
  editedMs: number | bigint | null;
  reactions: string | null;
  attachments: string | null;
  event: SystemEvent | null;
  lifespan: number | bigint | null;
}

/** Without messages in the range there is one row without a message. */
interface Row extends MessageRow {
  expiredMs: number | bigint;
  expiredSeq: number | bigint;
  newest: string | null;
  changed: string | null;
}

/** Of `k`, a message, `q`, the one that it replies to, and `r`, its room. */
const columns = Prisma.sql`
  k.ms, k.seq, k.username, k.message AS text, k.created_ms AS "createdMs", k.client_id AS "clientId",
  k.mentions, k.reply_ms AS "replyMs", k.reply_seq AS "replySeq", q.username AS "quotedSender",
  substr(q.message, 1, 140) AS "quotedText", CASE WHEN q.message = '' THEN q.attachments END AS "quotedFiles", q.created_ms AS "quotedMs", k.edited_ms AS "editedMs", k.reactions,
  k.attachments, k.event, r.lifespan_seconds AS lifespan`;

const joinQuoted = Prisma.sql`
  LEFT JOIN kept_messages q ON q.room_id = k.room_id AND q.ms = k.reply_ms AND q.seq = k.reply_seq`;

/** Reads a room in one statement: what a position means depends on what had expired at the same moment. */
export async function readKeptSlice(
  sql: RawSql,
  { roomId, range, size, expiresAt, now }: Reading & { roomId: number; range: KeptRange; size: number },
): Promise<KeptSlice> {
  const order = range.from === 'oldest' ? Prisma.sql`k.ms, k.seq` : Prisma.sql`k.ms DESC, k.seq DESC`;
  const rows = await sql<Row>(Prisma.sql`
    SELECT ${columns}, r.expired_ms AS "expiredMs", r.expired_seq AS "expiredSeq",
      (SELECT ms || '-' || seq FROM kept_clock WHERE id = 1) AS newest,
      (SELECT ms || '-' || seq FROM kept_changes WHERE room_id = ${roomId} ORDER BY ms DESC, seq DESC LIMIT 1) AS changed
    FROM rooms r
    LEFT JOIN kept_messages k ON k.room_id = r.id ${within(range)}
    ${joinQuoted}
    WHERE r.id = ${roomId} ORDER BY ${order} LIMIT ${size}`);
  const stored = rows.filter(({ ms }) => ms !== null);
  const live = stored.filter(({ createdMs, lifespan }) => now < expiresAt(createdMs, lifespan));
  const [first] = rows;
  const last = stored.at(-1);
  return {
    messages: live.map((row) => toMessage(roomId, row, { expiresAt, now })),
    hasExpired: live.length < stored.length,
    edge: last && stored.length === size ? keptIdOf(last) : undefined,
    lost: first ? keptIdOf({ ms: first.expiredMs, seq: first.expiredSeq }) : noMessageId,
    newest: first?.newest ?? noMessageId,
    changed: first?.changed ?? noMessageId,
  };
}

type ChangeRow = Omit<MessageRow, 'ms' | 'seq'> & {
  kind: RoomChange['kind'];
  changeId: string;
  messageId: string;
  /** Null if the message is gone. */
  ms: number | bigint | null;
  seq: number | bigint | null;
};

/** The oldest changes of a room after one place and up to another. */
export async function readKeptChanges(
  sql: RawSql,
  {
    roomId,
    after,
    upTo,
    limit,
    ...reading
  }: Reading & { roomId: number; after: string; upTo: string; limit: number },
): Promise<RoomChange[]> {
  const [low, high] = [partsOf(after), partsOf(upTo)];
  const rows = await sql<ChangeRow>(Prisma.sql`
    SELECT c.kind, c.ms || '-' || c.seq AS "changeId", c.message_ms || '-' || c.message_seq AS "messageId", ${columns}
    FROM kept_changes c JOIN rooms r ON r.id = c.room_id
    LEFT JOIN kept_messages k ON k.room_id = c.room_id AND k.ms = c.message_ms AND k.seq = c.message_seq
    ${joinQuoted}
    WHERE c.room_id = ${roomId} AND (c.ms, c.seq) > (${low.ms}, ${low.seq}) AND (c.ms, c.seq) <= (${high.ms}, ${high.seq})
    ORDER BY c.ms, c.seq LIMIT ${limit}`);
  return rows.map((row): RoomChange => {
    const { kind, changeId: id, messageId } = row;
    const isGone = row.ms === null || reading.now >= reading.expiresAt(row.createdMs, row.lifespan);
    if (kind === 'deleted' || isGone) return { kind: 'deleted', id, messageId };
    return { kind, id, message: toMessage(roomId, row, reading) };
  });
}

interface AuthorRow {
  ms: number | bigint;
  seq: number | bigint;
  username: string;
  mentions: string | null;
  createdMs: number | bigint;
  lifespan: number | bigint | null;
}

/** Who wrote the newest messages of a room, oldest first. Without system messages. */
export async function readAuthors(
  sql: RawSql,
  { roomId, limit, expiresAt, now }: Reading & { roomId: number; limit: number },
): Promise<Authored[]> {
  const rows = await sql<AuthorRow>(Prisma.sql`
    SELECT k.ms, k.seq, k.username, k.mentions, k.created_ms AS "createdMs", r.lifespan_seconds AS lifespan
    FROM rooms r JOIN kept_messages k ON k.room_id = r.id
    WHERE r.id = ${roomId} AND k.event IS NULL ORDER BY k.ms DESC, k.seq DESC LIMIT ${limit}`);
  return rows
    .filter(({ createdMs, lifespan }) => now < expiresAt(createdMs, lifespan))
    .map((row) => ({ id: keptIdOf(row), username: row.username, ...parseMentions(row.mentions) }))
    .reverse();
}

/** The condition on `k`, a row of `kept_messages`. */
export function within({ after, before, ids, sentOnly }: Omit<KeptRange, 'from'>): Prisma.Sql {
  const [low, high] = [after, before].map((id) => (id === undefined ? undefined : partsOf(id)));
  return Prisma.sql`${low ? Prisma.sql`AND (k.ms, k.seq) > (${low.ms}, ${low.seq})` : Prisma.empty} ${
    high ? Prisma.sql`AND (k.ms, k.seq) < (${high.ms}, ${high.seq})` : Prisma.empty
  } ${ids ? Prisma.sql`AND (k.ms, k.seq) IN (${valuesOf(ids)})` : Prisma.empty} ${
    sentOnly ? Prisma.sql`AND k.event IS NULL` : Prisma.empty
  }`;
}

/** Filled up, so that there is not one statement for each number of ids. Postgres has to be told what they are. */
function valuesOf(ids: readonly string[]): Prisma.Sql {
  const length = [1, 20].find((most) => ids.length <= most) ?? Math.ceil(ids.length / 100) * 100;
  const filled = [...ids, ...new Array<string>(length - ids.length).fill(noMessageId)];
  const rows = filled.map((id) => {
    const { ms, seq } = partsOf(id);
    return Prisma.sql`(CAST(${ms} AS BIGINT), CAST(${seq} AS BIGINT))`;
  });
  return Prisma.sql`VALUES ${Prisma.join(rows)}`;
}

export const keptIdOf = ({ ms, seq }: { ms: number | bigint | null; seq: number | bigint | null }): string =>
  messageIdOf({ ms: Number(ms), seq: Number(seq) });

const quotedOf = ({ quotedText, quotedFiles }: MessageRow) =>
  quotedFiles === null ? (quotedText ?? '') : textOrNames('', parseAttachments(quotedFiles));

/** Assigned field by field: spreading costs several times as much, and a page has many. */
function toMessage(roomId: number, row: MessageRow, { expiresAt, now }: Reading): RoomMessage {
  const { username, text, createdMs, clientId, replyMs, replySeq, quotedSender, quotedMs } = row;
  const { lifespan, editedMs, reactions, attachments, event } = row;
  const message: { -readonly [Field in keyof RoomMessage]: RoomMessage[Field] } = {
    id: keptIdOf(row),
    roomId,
    username,
    text,
    createdAt: knownDate(Number(createdMs)),
  };
  if (replyMs !== null) {
    const id = keptIdOf({ ms: replyMs, seq: replySeq });
    const showsQuote = quotedMs !== null && now < expiresAt(quotedMs, lifespan);
    message.replyTo =
      showsQuote && quotedSender !== null
        ? { id, sender: quotedSender, text: previewOf(quotedOf(row)) }
        : { id, deleted: true };
  }
  if (clientId !== null) message.clientId = clientId;
  if (event !== null) Object.assign(message, systemOf({ event }));
  if (editedMs !== null) message.editedAt = knownDate(Number(editedMs));
  if (reactions !== null) message.reactions = JSON.parse(reactions) as Reaction[]; // safe: as it was stored
  if (attachments !== null) message.attachments = parseAttachments(attachments);
  return row.mentions === null ? message : { ...message, ...parseMentions(row.mentions) };
}
