import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';
import { requireWithinLimit } from './limits.ts';

/** Shown for senders who have set none. */
export const defaultAvatarUrl = 'https://i.pinimg.com/736x/20/da/fa/20dafa83d38f2277472e132bf1f21c22.jpg';

export interface InboxMessage {
  id: number;
  sender: string;
  recipient: string;
  text: string;
  createdAt: Date;
  /** The sender's present avatar, or the default one. */
  avatarUrl: string;
  /** Whether the recipient has read it. */
  read: boolean;
}

/** As the queries below give it; what a driver returns for numbers and truth values differs. */
interface Row {
  id: number | bigint;
  sender: string;
  recipient: string;
  message: string;
  created_at: Date | string;
  avatar_url: string | null;
  is_read: boolean | number | bigint | null;
}

/** Anybody may write to anybody, themselves included. */
export async function sendInboxMessage(
  deps: Deps,
  { sender, recipient, text }: { sender: string; recipient: string; text: string },
) {
  await requireWithinLimit(deps, 'send', sender);
  const createdAt = new Date(deps.clock());
  // The recipient is looked up by the insert itself; no row means there is no such user.
  const [row] = await deps.db.$queryRaw<Pick<Row, 'id'>[]>`
    INSERT INTO inbox_messages (sender, recipient, message, created_at)
    SELECT ${sender}, username, ${text}, ${createdAt} FROM users WHERE username = ${recipient}
    RETURNING id`;
  if (!row) throw new AppError('RECIPIENT_NOT_FOUND');
  return { id: Number(row.id), sender, recipient, text, createdAt };
}

/**
 * Messages sent and received, newest first: those older than `cursor`, at most `limit`, of the conversation `with`
 * another user or of all. Each side is one index scan that stops at the limit, whatever the history holds.
 */
export async function listInboxMessages(
  { db }: Pick<Deps, 'db'>,
  username: string,
  page: { limit: number; cursor?: number | undefined; with?: string | undefined },
): Promise<{ messages: InboxMessage[]; nextCursor: number | null }> {
  const { limit, with: peer } = page;
  const older = page.cursor === undefined ? Prisma.empty : Prisma.sql`AND id < ${page.cursor}`;
  const [sent, received] =
    peer === undefined
      ? [Prisma.sql`sender = ${username}`, Prisma.sql`recipient = ${username}`]
      : [
          Prisma.sql`sender = ${username} AND recipient = ${peer}`,
          Prisma.sql`sender = ${peer} AND recipient = ${username}`,
        ];
  const newest = (side: Prisma.Sql) => Prisma.sql`
    SELECT id FROM (SELECT id FROM inbox_messages WHERE ${side} ${older} ORDER BY id DESC LIMIT ${limit + 1}) AS side`;

  // One more than asked for, to know whether there is another page.
  const rows = await db.$queryRaw<Row[]>`
    SELECT m.id, m.sender, m.recipient, m.message, m.created_at, s.avatar_url, m.id <= r.inbox_read_up_to AS is_read
    FROM (${newest(sent)} UNION ${newest(received)} ORDER BY id DESC LIMIT ${limit + 1}) AS page
    JOIN inbox_messages m ON m.id = page.id
    LEFT JOIN users s ON s.username = m.sender
    LEFT JOIN users r ON r.username = m.recipient
    ORDER BY m.id DESC`;

  const messages = rows.slice(0, limit).map(toInboxMessage);
  return { messages, nextCursor: rows.length > limit ? (messages.at(-1)?.id ?? null) : null };
}

/** Either side may delete a message, and it is gone for both. */
export async function deleteInboxMessage(
  { db }: Pick<Deps, 'db'>,
  { id, username }: { id: number; username: string },
): Promise<void> {
  const { count } = await db.inboxMessage.deleteMany({
    where: { id, OR: [{ sender: username }, { recipient: username }] },
  });
  if (count === 0) throw new AppError('MESSAGE_NOT_FOUND');
}

/** A message to oneself counts once, and is never unread. */
export async function countInboxMessages({ db }: Pick<Deps, 'db'>, username: string) {
  const [row] = await db.$queryRaw<{ total: bigint; unread: bigint }[]>`
    SELECT
      (SELECT count(*) FROM inbox_messages WHERE sender = ${username})
      + (SELECT count(*) FROM inbox_messages WHERE recipient = ${username})
      - (SELECT count(*) FROM inbox_messages WHERE sender = ${username} AND recipient = ${username}) AS total,
      (SELECT count(*) FROM inbox_messages WHERE recipient = ${username} AND id > u.inbox_read_up_to)
      - (SELECT count(*) FROM inbox_messages
         WHERE sender = ${username} AND recipient = ${username} AND id > u.inbox_read_up_to) AS unread
    FROM users u WHERE u.username = ${username}`;
  return { total: Number(row?.total ?? 0), unread: Number(row?.unread ?? 0) };
}

/** Marks what was received up to and including the message `upTo` as read. What has been read stays so. */
export async function markInboxRead(
  { db }: Pick<Deps, 'db'>,
  { username, upTo }: { username: string; upTo: number },
) {
  // Not past the newest message: those yet to come have not been read.
  await db.$executeRaw`
    UPDATE users SET inbox_read_up_to = newest.id
    FROM (SELECT max(id) AS id FROM inbox_messages WHERE recipient = ${username} AND id <= ${upTo}) AS newest
    WHERE username = ${username} AND newest.id > inbox_read_up_to`;
  const { unread } = await countInboxMessages({ db }, username);
  return { unread };
}

function toInboxMessage(row: Row): InboxMessage {
  return {
    id: Number(row.id),
    sender: row.sender,
    recipient: row.recipient,
    text: row.message,
    createdAt: new Date(row.created_at),
    avatarUrl: row.avatar_url || defaultAvatarUrl,
    read: Boolean(row.is_read) || row.sender === row.recipient,
  };
}
