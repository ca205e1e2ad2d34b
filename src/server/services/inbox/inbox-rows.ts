import { shownClientId } from '../../core/client-ids.ts';
import { knownDate } from '../../core/known-dates.ts';
import { maxAvatarUrlLength } from '../../core/validation.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { shownMark } from '../../infra/db/privacy-sql.ts';
import { type Attachment, parseAttachments, textOrNames } from '../../infra/files/attachments.ts';
import type { FileUrls } from '../../infra/files/file-urls.ts';
import type { Reaction } from '../../infra/stores/room-message-store.ts';
import type { StoredReaction } from '../shared/reactions.ts';

/** What a message is a reply to, as far as the reader may still see it. */
export type RepliedTo = { id: number; sender: string; text: string } | { id: number; deleted: true };

export interface InboxMessage {
  id: number;
  sender: string;
  recipient: string;
  text: string;
  createdAt: Date;
  editedAt: Date | null;
  /** Up to 140 characters of the message that this one replies to. */
  replyTo: RepliedTo | null;
  reactions: Reaction[];
  /** Absent if there are none. */
  attachments?: Attachment[];
  /** The sender's present avatar. */
  avatarUrl: string | null;
  /** Whether the recipient has read it, as far as the recipient lets others know. */
  read: boolean;
  /** For the sender alone: what the sender called it. */
  clientId?: string;
  /** Whether the sender is a bot. */
  isBot?: true;
}

/** As the queries below give it; what a driver returns for numbers and truth values differs. */
export interface InboxRow {
  id: number | bigint;
  sender: string;
  recipient: string;
  message: string;
  created_at: Date | string;
  edited_at: Date | string | null;
  reactions: string | null;
  attachments: string | null;
  client_id: string | null;
  avatar_url: string | null;
  is_bot: boolean | number | bigint | null;
  is_read: boolean | number | bigint | null;
  is_visible: boolean | number | bigint;
  reply_id: number | bigint | null;
  reply_sender: string | null;
  reply_text: string | null;
  /** Of one without text. */
  reply_files: string | null;
}

export const maxPreviewLength = 140;

/**
 * Whether `username` sees the row `m`: it is not hidden from that one, who may have deleted it or blocked its sender, nor
 * did that one clear the conversation since. Whatever lists, counts or finds messages goes by this condition, the counts of
 * conversations through the triggers. `own` is that one's row of the conversation.
 */
export const isVisible = (m: Prisma.Sql, username: string) => Prisma.sql`
  (CASE WHEN ${m}.sender = ${username} THEN NOT ${m}.hidden_from_sender ELSE NOT ${m}.hidden_from_recipient END
    AND ${m}.id > coalesce(own.cleared_up_to, 0))`;

const m = Prisma.raw('m');
const q = Prisma.raw('q');

/** Avatars of imported accounts may be long; those that are not shown are not read for every message. */
export const avatarOf = (user: Prisma.Sql) =>
  Prisma.sql`CASE WHEN length(${user}.avatar_url) <= ${Prisma.raw(String(maxAvatarUrlLength))} THEN ${user}.avatar_url END`;

/** The user's side of the conversation that the row `m` is of. */
export const ownConversation = (username: string) => Prisma.sql`
  LEFT JOIN inbox_conversations own
    ON own.username = ${username} AND own.peer = CASE WHEN m.sender = ${username} THEN m.recipient ELSE m.sender END`;

/** The columns of an {@link InboxRow} as `username` sees it. */
export const messageColumns = (username: string) => Prisma.sql`
  m.id, m.sender, m.recipient, m.message, m.created_at, m.edited_at, m.reactions, m.attachments, m.client_id,
  ${avatarOf(Prisma.raw('s'))} AS avatar_url, s.is_bot,
  (m.id <= coalesce(
    CASE WHEN m.recipient = ${username} THEN own.read_up_to
      WHEN r.read_receipts THEN ${shownMark(Prisma.sql`theirs.read_up_to`, Prisma.sql`m.recipient`, username)} END,
    0)) AS is_read,
  ${isVisible(m, username)} AS is_visible,
  m.reply_to AS reply_id,
  q.sender AS reply_sender, substr(q.message, 1, ${maxPreviewLength}) AS reply_text,
  CASE WHEN q.message = '' THEN q.attachments END AS reply_files`;

/**
 * To the rows `m` of messages. A message and what it replies to are of one conversation, so `own` is that of both. What the
 * recipient has read is looked up only for messages that the user has sent.
 */
export const messageJoins = (username: string) => Prisma.sql`
  LEFT JOIN users s ON s.username = m.sender
  ${ownConversation(username)}
  LEFT JOIN users r ON r.username = CASE WHEN m.sender = ${username} THEN m.recipient END
  LEFT JOIN inbox_conversations theirs
    ON theirs.username = CASE WHEN m.sender = ${username} THEN m.recipient END AND theirs.peer = ${username}
  LEFT JOIN inbox_messages q ON q.id = m.reply_to AND ${isVisible(q, username)}`;

/** What is needed besides a row to show a message. */
export interface Showing {
  fileUrls: FileUrls;
}

export function toInboxMessage(row: InboxRow, reader: string, { fileUrls }: Showing): InboxMessage {
  const message: InboxMessage = {
    id: Number(row.id),
    sender: row.sender,
    recipient: row.recipient,
    text: row.message,
    createdAt: knownDate(row.created_at),
    editedAt: row.edited_at === null ? null : knownDate(row.edited_at),
    replyTo: repliedTo(row),
    reactions: shownReactions(storedReactions(row.reactions), reader),
    avatarUrl: fileUrls.avatar(row.avatar_url),
    read: Boolean(row.is_read) || row.sender === row.recipient,
  };
  if (row.attachments !== null)
    message.attachments = parseAttachments(row.attachments).map((file) => fileUrls.show(file, message));
  const clientId = shownClientId(row.client_id);
  if (clientId !== undefined && row.sender === reader) message.clientId = clientId; // a spread is slow
  if (row.is_bot) message.isBot = true;
  return message;
}

function repliedTo({
  reply_id: id,
  reply_sender: sender,
  reply_text: text,
  reply_files: files,
}: InboxRow): RepliedTo | null {
  if (id === null) return null;
  if (sender === null || text === null) return { id: Number(id), deleted: true };
  return { id: Number(id), sender, text: preview(text, filesOf(files)) };
}

export const filesOf = (stored: string | null) => (stored === null ? undefined : parseAttachments(stored));

/** How a message begins, or what its files are called. Databases count characters, and JavaScript the halves of some. */
export const preview = (text: string, files: readonly { name: string }[] | undefined) =>
  textOrNames(text, files)
    .slice(0, maxPreviewLength)
    .replace(/[\uD800-\uDBFF]$/, '');

export const storedReactions = (json: string | null): StoredReaction[] =>
  json === null ? [] : (JSON.parse(json) as StoredReaction[]); // safe: written by `change-messages.ts` alone

/** The reactions as `reader` sees them: one's own are always among them. */
export const shownReactions = (reactions: StoredReaction[], reader: string): Reaction[] =>
  reactions
    .map(({ emoji, users, withheld = [] }) => ({
      emoji,
      users: users.filter((user) => user === reader || !withheld.includes(user)),
    }))
    .filter(({ users }) => users.length > 0);
