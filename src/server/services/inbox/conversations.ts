import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import { maxRowId } from '../../core/validation.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { hasBlocked, shownMark } from '../../infra/db/privacy-sql.ts';
import type { FileUrls } from '../../infra/files/file-urls.ts';
import type { Deps } from '../shared/deps.ts';
import { avatarOf, filesOf, maxPreviewLength, preview } from './inbox-rows.ts';
import { type Mark, type MarkRow, markColumn, parsePosition, positionOf, toMark } from './positions.ts';

/** One of a user's conversations. */
export interface Conversation {
  peer: { username: string; avatarUrl: string | null };
  /** The newest message that the user sees, with up to 140 characters of its text. */
  lastMessage: { id: number; sender: string; text: string; createdAt: Date } | null;
  /** Messages received and not read. */
  unread: number;
  /** The user has read what was received up to this id. */
  readUpTo: number;
  /** The peer has read what the user sent up to this id; null where the peer does not tell. */
  peerReadUpTo: number | null;
  /** Until when the user wants no notifications of it. */
  mutedUntil: Date | null;
  /** Whether the user has blocked the peer. */
  isBlocked: boolean;
}

interface ConversationRow {
  peer: string;
  activity_id: number | bigint;
  avatar_url: string | null;
  last_message_id: number | bigint | null;
  last_sender: string | null;
  last_text: string | null;
  last_files: string | null;
  last_created_at: Date | string | null;
  unread: number | bigint;
  read_up_to: number | bigint;
  peer_read_up_to: number | bigint | null;
  muted_until: Date | string | null;
  is_blocked: boolean | number | bigint;
}

/** Conversations with the newest activity first. */
export interface ConversationPage {
  conversations: Conversation[];
  nextCursor: string | null;
  /** Where in the order of changes the page is true. */
  position: string;
}

const conversationColumns = Prisma.sql`
  c.peer, c.activity_id, ${avatarOf(Prisma.raw('p'))} AS avatar_url, c.last_message_id, m.sender AS last_sender,
  substr(m.message, 1, ${maxPreviewLength}) AS last_text, CASE WHEN m.message = '' THEN m.attachments END AS last_files,
  m.created_at AS last_created_at, c.unread, c.read_up_to,
  CASE WHEN p.read_receipts OR c.peer = c.username
    THEN ${shownMark(Prisma.sql`coalesce(other.read_up_to, 0)`, Prisma.sql`c.peer`, Prisma.sql`c.username`)}
  END AS peer_read_up_to, c.muted_until,
  b.blocked IS NOT NULL AS is_blocked`;

const conversationJoins = Prisma.sql`
  LEFT JOIN inbox_messages m ON m.id = c.last_message_id
  LEFT JOIN users p ON p.username = c.peer
  LEFT JOIN inbox_conversations other ON other.username = c.peer AND other.peer = c.username
  LEFT JOIN user_blocks b ON b.username = c.username AND b.blocked = c.peer`;

const timeOf = (value: Date | string | null) => (value === null ? null : knownDate(value));

const toConversation = (row: ConversationRow, fileUrls: FileUrls): Conversation => ({
  peer: { username: row.peer, avatarUrl: fileUrls.avatar(row.avatar_url) },
  lastMessage:
    row.last_message_id === null || row.last_created_at === null
      ? null
      : {
          id: Number(row.last_message_id),
          sender: row.last_sender ?? '',
          text: preview(row.last_text ?? '', filesOf(row.last_files)),
          createdAt: knownDate(row.last_created_at),
        },
  unread: Number(row.unread),
  readUpTo: Number(row.read_up_to),
  peerReadUpTo: row.peer_read_up_to === null ? null : Number(row.peer_read_up_to),
  mutedUntil: timeOf(row.muted_until),
  isBlocked: Boolean(row.is_blocked),
});

/** Where a listing goes on, and when it began: conversations that move up meanwhile are neither skipped nor repeated. */
interface Cursor {
  began: Mark;
  before: number;
}

/**
 * A page of a listing that stands still: it lists the conversations in the order they were in when its first page was
 * read. Those with messages since are put back to the place they had then.
 */
export async function listConversations(
  { sql, fileUrls }: Pick<Deps, 'sql' | 'fileUrls'>,
  username: string,
  {
    limit,
    cursor,
    unreadOnly,
    with: peer,
  }: {
    limit: number;
    cursor?: string | undefined;
    unreadOnly?: boolean | undefined;
    with?: string | undefined;
  },
): Promise<ConversationPage> {
  const [row] = await sql<MarkRow>(Prisma.sql`SELECT ${markColumn}`);
  const now = toMark(row as MarkRow); // safe: a SELECT without FROM gives one row
  const { began, before } = cursor === undefined ? { began: now, before: maxRowId } : readCursor(cursor);
  const moved = cursor === undefined ? [] : await placesOfMoved({ sql }, username, began);
  const back = moved
    .filter(({ place }) => place < before)
    .sort((a, b) => b.place - a.place)
    .slice(0, limit + 1);
  const unread = unreadOnly ? Prisma.sql`AND c.unread > 0` : Prisma.empty;
  // A single one is wanted as it is now, whatever has been said since.
  const which =
    peer === undefined ? Prisma.sql`c.activity_id <= ${began.message}` : Prisma.sql`c.peer = ${peer}`;
  const rows = await sql<ConversationRow>(Prisma.sql`
    SELECT ${conversationColumns} FROM inbox_conversations c ${conversationJoins}
    WHERE c.username = ${username} AND c.activity_id < ${before} AND ${which} ${unread}
    ORDER BY c.activity_id DESC LIMIT ${limit + 1}`);
  const placed = rows.map((row) => ({ place: Number(row.activity_id), row }));
  for (const { peer, place } of back) {
    const [row] = await sql<ConversationRow>(Prisma.sql`
      SELECT ${conversationColumns} FROM inbox_conversations c ${conversationJoins}
      WHERE c.username = ${username} AND c.peer = ${peer} ${unread}`);
    if (row) placed.push({ place, row });
  }
  placed.sort((a, b) => b.place - a.place);
  const last = placed[limit - 1];
  return {
    conversations: placed.slice(0, limit).map(({ row }) => toConversation(row, fileUrls)),
    nextCursor: placed.length > limit && last ? writeCursor({ began, before: last.place }) : null,
    position: positionOf(now),
  };
}

/** Conversations looked at for what happened since a listing began; a listing that takes longer skips what is beyond. */
const maxMoved = 2000;

/** The original places of conversations with messages since a listing began. New ones had none. */
async function placesOfMoved(
  { sql }: Pick<Deps, 'sql'>,
  username: string,
  began: Mark,
): Promise<{ peer: string; place: number }[]> {
  const newest = (side: Prisma.Sql) => Prisma.sql`
    SELECT max(id) AS id FROM inbox_messages WHERE ${side} AND id <= ${began.message}`;
  const rows = await sql<{ peer: string; place: number | bigint | null }>(Prisma.sql`
    SELECT moved.peer, (
      SELECT max(id) FROM (
        ${newest(Prisma.sql`sender = ${username} AND recipient = moved.peer`)}
        UNION ALL ${newest(Prisma.sql`sender = moved.peer AND recipient = ${username}`)}
        UNION ALL SELECT max(message_id) FROM inbox_changes
          WHERE username = ${username} AND id > ${began.change} AND kind = 'deleted'
            AND peer = moved.peer AND message_id <= ${began.message}
      ) AS sides) AS place
    FROM (
      SELECT peer FROM inbox_conversations WHERE username = ${username} AND activity_id > ${began.message}
      ORDER BY activity_id LIMIT ${maxMoved}) AS moved`);
  return rows.flatMap(({ peer, place }) => (place === null ? [] : [{ peer, place: Number(place) }]));
}

const writeCursor = ({ began, before }: Cursor) =>
  Buffer.from(`${positionOf(began)} ${before}`).toString('base64url');

function readCursor(text: string): Cursor {
  const [position = '', before = ''] = Buffer.from(text, 'base64url').toString('latin1').split(' ');
  const began = parsePosition(position);
  if (!began || !/^\d{1,10}$/.test(before))
    throw new AppError('INVALID_INPUT', { message: 'unknown cursor' });
  return { began, before: Number(before) };
}

/** What one's own sessions are told of a conversation whose settings have changed. */
export async function conversationState(
  { sql }: Pick<Deps, 'sql'>,
  username: string,
  peer: string,
): Promise<{ mutedUntil: Date | null; isBlocked: boolean }> {
  const [row] = await sql<{
    muted_until: Date | string | null;
    is_blocked: boolean | number | bigint;
  }>(Prisma.sql`
    SELECT (SELECT muted_until FROM inbox_conversations WHERE username = ${username} AND peer = ${peer}) AS muted_until,
      ${hasBlocked(username, peer)} AS is_blocked`);
  return { mutedUntil: timeOf(row?.muted_until ?? null), isBlocked: Boolean(row?.is_blocked) };
}
