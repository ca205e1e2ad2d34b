import { Prisma } from '../generated/sqlite/client.ts';

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
export interface InboxRow {
  id: number | bigint;
  sender: string;
  recipient: string;
  message: string;
  created_at: Date | string;
  avatar_url: string | null;
  is_read: boolean | number | bigint | null;
}

export const messageColumns = Prisma.sql`
  SELECT m.id, m.sender, m.recipient, m.message, m.created_at, s.avatar_url, m.id <= r.inbox_read_up_to AS is_read`;

/** To a page of ids. */
export const messageJoins = Prisma.sql`
  JOIN inbox_messages m ON m.id = page.id
  LEFT JOIN users s ON s.username = m.sender
  LEFT JOIN users r ON r.username = m.recipient`;

export function toInboxMessage(row: InboxRow): InboxMessage {
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
