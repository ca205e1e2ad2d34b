import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';
import { LiveEvent } from '../live/batch.ts';
import type { Subscription } from '../live/subscription.ts';
import { requireWithinLimit } from './limits.ts';
import { openSubscription, type Subscriber } from './live.ts';

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

/** Anybody may write to anybody, themselves included. Resolves when the message is on disk. */
export async function sendInboxMessage(
  deps: Deps,
  { sender, recipient, text }: { sender: string; recipient: string; text: string },
) {
  await requireWithinLimit(deps, 'send', sender);
  const createdAt = new Date(deps.clock());
  const id = await deps.inboxWriter.add({ sender, recipient, text, createdAt });
  await tell(deps, [sender, recipient]);
  return { id, sender, recipient, text, createdAt };
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
    ${messageColumns}
    FROM (${newest(sent)} UNION ${newest(received)} ORDER BY id DESC LIMIT ${limit + 1}) AS page
    ${messageJoins}
    ORDER BY m.id DESC`;

  const messages = rows.slice(0, limit).map(toInboxMessage);
  return { messages, nextCursor: rows.length > limit ? (messages.at(-1)?.id ?? null) : null };
}

/** Either side may delete a message, and it is gone for both. */
export async function deleteInboxMessage(
  deps: Pick<Deps, 'db' | 'bus'>,
  { id, username }: { id: number; username: string },
): Promise<void> {
  const [row] = await deps.db.$queryRaw<Pick<Row, 'sender' | 'recipient'>[]>`
    DELETE FROM inbox_messages WHERE id = ${id} AND (sender = ${username} OR recipient = ${username})
    RETURNING sender, recipient`;
  if (!row) throw new AppError('MESSAGE_NOT_FOUND');
  await tell(deps, [row.sender, row.recipient], { type: 'deleted', id });
}

/** A message to oneself counts once, and is never unread. Both counts are kept along with the messages. */
export async function countInboxMessages({ db }: Pick<Deps, 'db'>, username: string) {
  const user = await db.user.findUnique({
    where: { username },
    select: { inboxTotal: true, inboxUnread: true },
  });
  return { total: user?.inboxTotal ?? 0, unread: user?.inboxUnread ?? 0 };
}

/** Marks what was received up to and including the message `upTo` as read. What has been read stays so. */
export async function markInboxRead(
  deps: Pick<Deps, 'db' | 'bus'>,
  { username, upTo }: { username: string; upTo: number },
) {
  // Not past the newest message: those yet to come have not been read.
  const newlyRead = await deps.db.$queryRaw<{ sender: string; newest: number | bigint }[]>`
    SELECT sender, max(id) AS newest FROM inbox_messages
    WHERE recipient = ${username} AND id <= ${upTo}
      AND id > (SELECT inbox_read_up_to FROM users WHERE username = ${username})
    GROUP BY sender`;
  if (newlyRead.length > 0) {
    const readUpTo = Math.max(...newlyRead.map(({ newest }) => Number(newest)));
    await deps.db.$executeRaw`
      UPDATE users SET inbox_read_up_to = ${readUpTo}, inbox_unread = (
        SELECT count(*) FROM inbox_messages
        WHERE recipient = ${username} AND sender <> recipient AND id > ${readUpTo})
      WHERE username = ${username} AND inbox_read_up_to < ${readUpTo}`;
    const senders = newlyRead.map(({ sender }) => sender);
    await tell(deps, [username, ...senders], { type: 'read', reader: username, upTo: readUpTo });
  }
  const { unread } = await countInboxMessages(deps, username);
  return { unread };
}

export type InboxEvent = { type: 'message'; message: InboxMessage };
export type InboxNotice =
  | { type: 'deleted'; id: number }
  /** Everything that `reader` received up to this id has been read. */
  | { type: 'read'; reader: string; upTo: number };

const inboxTopic = (username: string) => `inbox:${username}`;

/** Signals each of them once, with what happened to messages that are there already. */
async function tell({ bus }: Pick<Deps, 'bus'>, usernames: string[], notice?: InboxNotice): Promise<void> {
  for (const username of new Set(usernames)) await bus.publish(inboxTopic(username), notice);
}

const maxEventsRead = 200;

/**
 * The user's messages as they are stored, sent and received: all that are newer than `lastEventId`, however long ago
 * that was, or without it those stored from now on.
 */
export async function followInbox(
  deps: Deps,
  { lastEventId, signal, ...subscriber }: Subscriber & { lastEventId?: string | undefined },
): Promise<Subscription> {
  const { username } = subscriber.session;
  const newest = await newestInboxId(deps);
  // An id that has not been given yet stands for the present: what it would skip is still to come.
  const after = lastEventId === undefined ? newest : Math.min(Number(lastEventId), newest);
  return openSubscription(deps, inboxTopic(username), {
    ...subscriber,
    signal,
    after: String(after),
    source: {
      async read(position) {
        const newest = await newestInboxId(deps);
        const messages = await readInboxAfter(deps, username, Number(position));
        const complete = messages.length < maxEventsRead;
        const last = messages.at(-1)?.id ?? 0;
        return {
          events: messages.map((message) => new LiveEvent({ type: 'message', message }, String(message.id))),
          complete,
          // Messages of others have ids too: all up to the newest there was before the read is covered. It never goes
          // back, as the newest does when it is deleted.
          position: String(complete ? Math.max(last, newest, Number(position)) : last),
        };
      },
      isNewer: (a, b) => Number(a) > Number(b),
    },
  });
}

async function newestInboxId({ db }: Pick<Deps, 'db'>): Promise<number> {
  const { _max } = await db.inboxMessage.aggregate({ _max: { id: true } });
  return _max.id ?? 0;
}

async function readInboxAfter({ db }: Pick<Deps, 'db'>, username: string, after: number) {
  const oldest = (side: Prisma.Sql) => Prisma.sql`
    SELECT id FROM (
      SELECT id FROM inbox_messages WHERE ${side} AND id > ${after} ORDER BY id LIMIT ${maxEventsRead}) AS side`;
  const rows = await db.$queryRaw<Row[]>`
    ${messageColumns}
    FROM (${oldest(Prisma.sql`sender = ${username}`)} UNION ${oldest(Prisma.sql`recipient = ${username}`)}
      ORDER BY id LIMIT ${maxEventsRead}) AS page
    ${messageJoins}
    ORDER BY m.id`;
  return rows.map(toInboxMessage);
}

const messageColumns = Prisma.sql`
  SELECT m.id, m.sender, m.recipient, m.message, m.created_at, s.avatar_url, m.id <= r.inbox_read_up_to AS is_read`;

/** To a page of ids. */
const messageJoins = Prisma.sql`
  JOIN inbox_messages m ON m.id = page.id
  LEFT JOIN users s ON s.username = m.sender
  LEFT JOIN users r ON r.username = m.recipient`;

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
