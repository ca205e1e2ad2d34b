import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';
import { inSpan } from '../tracing.ts';
import { tellInboxes } from './inbox-events.ts';
import {
  type InboxMessage,
  type InboxRow,
  messageColumns,
  messageJoins,
  toInboxMessage,
} from './inbox-rows.ts';
import { requireWithinLimit } from './limits.ts';

/** Anybody may write to anybody, themselves included. Resolves when the message is on disk. */
export async function sendInboxMessage(
  deps: Deps,
  { sender, recipient, text }: { sender: string; recipient: string; text: string },
) {
  await requireWithinLimit(deps, 'send', sender);
  const createdAt = new Date(deps.clock());
  const row = { sender, recipient, text, createdAt };
  const id = await inSpan({ name: 'inbox commit' }, () => deps.inboxWriter.add(row));
  await tellInboxes(deps, [sender, recipient]);
  return { id, sender, recipient, text, createdAt };
}

/**
 * Messages sent and received, newest first: those older than `cursor`, at most `limit`, of the conversation `with`
 * another user or of all. Each side is one index scan that stops at the limit, whatever the history holds.
 */
export async function listInboxMessages(
  { sql }: Pick<Deps, 'sql'>,
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
  const rows = await sql<InboxRow>(Prisma.sql`
    ${messageColumns}
    FROM (${newest(sent)} UNION ${newest(received)} ORDER BY id DESC LIMIT ${limit + 1}) AS page
    ${messageJoins}
    ORDER BY m.id DESC`);

  const messages = rows.slice(0, limit).map(toInboxMessage);
  return { messages, nextCursor: rows.length > limit ? (messages.at(-1)?.id ?? null) : null };
}

/** Either side may delete a message, and it is gone for both. */
export async function deleteInboxMessage(
  deps: Pick<Deps, 'db' | 'bus' | 'log'>,
  { id, username }: { id: number; username: string },
): Promise<void> {
  const [row] = await deps.db.$queryRaw<Pick<InboxRow, 'sender' | 'recipient'>[]>`
    DELETE FROM inbox_messages WHERE id = ${id} AND (sender = ${username} OR recipient = ${username})
    RETURNING sender, recipient`;
  if (!row) throw new AppError('MESSAGE_NOT_FOUND');
  await tellInboxes(deps, [row.sender, row.recipient], { type: 'deleted', id });
}

/** A message to oneself counts once, and is never unread. Both counts are kept along with the messages. */
export async function countInboxMessages({ sql }: Pick<Deps, 'sql'>, username: string) {
  const [counts] = await sql<{ total: number; unread: number }>(Prisma.sql`
    SELECT inbox_total AS total, inbox_unread AS unread FROM users WHERE username = ${username}`);
  return counts ?? { total: 0, unread: 0 };
}

/** Marks what was received up to and including the message `upTo` as read. What has been read stays so. */
export async function markInboxRead(
  deps: Pick<Deps, 'db' | 'sql' | 'bus' | 'log'>,
  { username, upTo }: { username: string; upTo: number },
) {
  // Not past the newest message: those yet to come have not been read.
  const newlyRead = await deps.db.$queryRaw<{ sender: string; newest: number | bigint }[]>`
    SELECT sender, max(id) AS newest FROM inbox_messages
    WHERE recipient = ${username} AND id <= ${upTo}
      AND id > (SELECT inbox_read_up_to FROM users WHERE username = ${username})
    GROUP BY sender`;
  if (newlyRead.length > 0) {
    const readUpTo = newlyRead.reduce((newest, row) => Math.max(newest, Number(row.newest)), 0);
    await deps.db.$executeRaw`
      UPDATE users SET inbox_read_up_to = ${readUpTo}, inbox_unread = (
        SELECT count(*) FROM inbox_messages
        WHERE recipient = ${username} AND sender <> recipient AND id > ${readUpTo})
      WHERE username = ${username} AND inbox_read_up_to < ${readUpTo}`;
    const senders = newlyRead.map(({ sender }) => sender);
    await tellInboxes(deps, [username, ...senders], { type: 'read', reader: username, upTo: readUpTo });
  }
  const { unread } = await countInboxMessages(deps, username);
  return { unread };
}
