import { heightOf, type ShownFile } from '../files/shown-file.ts';
import type { Mentioned } from '../formatting/mentions.tsx';
import { startOfDay } from '../ui/time.tsx';

/** A message as shown, in a room or in the inbox. */
export interface MessageItem {
  key: string;
  /** The server's; null until it has been delivered. */
  id: string | null;
  author: string;
  isOwn: boolean;
  text: string;
  createdAtMs: number;
  /** Delivery state; only set for own messages. */
  state?: 'sending' | 'sent' | 'read' | 'waiting' | 'refused';
  /** Why it has not been sent. */
  failure?: string;
  isEdited?: boolean;
  /** Written by a program. */
  isBot?: boolean;
  isPinned?: boolean;
  /** Written by a user whom the reader has blocked: shown on request. */
  isFolded?: boolean;
  /** The message it replies to; `null` if that one has been deleted. */
  quote?: { id: string; author: string; text: string } | null;
  reactions?: readonly Reaction[];
  mentioned?: Mentioned;
  files?: readonly ShownFile[];
}

export interface Reaction {
  emoji: string;
  users: readonly string[];
}

export interface GapItem {
  key: string;
  isGap: true;
}

/** Whether the server has it. */
export const isDelivered = ({ state }: MessageItem): boolean =>
  state === undefined || state === 'sent' || state === 'read';

/** What has happened in a room, in words. */
export interface NoteItem {
  key: string;
  note: string;
  createdAtMs: number;
}

export type Item = MessageItem | NoteItem | GapItem;

export const isMessage = (item: Item): item is MessageItem => 'text' in item;

export type Row =
  | { kind: 'start' | 'gap' | 'unread'; key: string }
  | { kind: 'note'; key: string; note: string; ms: number }
  | { kind: 'day'; key: string; ms: number }
  /** `startsGroup`: the first of consecutive messages by one author; shows the name. */
  | { kind: 'message'; key: string; message: MessageItem; startsGroup: boolean };

const groupMs = 5 * 60_000;

/**
 * The rows of a conversation: messages, dividers and notes. The first message gets no row while there are older ones: what
 * is before a message decides whether it begins a day or a group, and rows that change then would move the others.
 */
export function buildRows(items: readonly Item[], firstUnread: string | undefined, hasOlder: boolean): Row[] {
  const rows: Row[] = hasOlder ? [] : [{ kind: 'start', key: 'start' }];
  let before: MessageItem | undefined;
  let dayEndsMs = 0;
  let isUnreadNext = false;
  for (const item of items) {
    if ('isGap' in item) {
      // At the end nothing is missing yet: the next message decides.
      if (item !== items.at(-1)) rows.push({ kind: 'gap', key: item.key });
      before = undefined;
      continue;
    }
    const { key, createdAtMs } = item;
    const isHidden = hasOlder && item === items[0] && items.length > 1;
    isUnreadNext ||= key === firstUnread;
    if (createdAtMs >= dayEndsMs) {
      const dayMs = startOfDay(createdAtMs);
      dayEndsMs = startOfDay(dayMs + 36 * 60 * 60_000); // days can have 23 or 25 hours
      if (!isHidden) rows.push({ kind: 'day', key: `day ${dayMs}`, ms: createdAtMs });
      before = undefined;
    }
    if (isUnreadNext && !isHidden) {
      rows.push({ kind: 'unread', key: 'unread' });
      isUnreadNext = false;
      before = undefined;
    }
    if (!isMessage(item)) {
      if (!isHidden) rows.push({ kind: 'note', key, note: item.note, ms: createdAtMs });
      before = undefined;
      continue;
    }
    const startsGroup = before?.author !== item.author || createdAtMs - before.createdAtMs > groupMs;
    if (!isHidden) rows.push({ kind: 'message', key, message: item, startsGroup });
    before = item;
  }
  return rows;
}

/** Estimated height in pixels, used until the row has been measured. */
export function estimateHeight(row: Row | undefined): number {
  if (row?.kind !== 'message') return 44;
  const lines = row.message.text.split('\n').reduce((sum, line) => sum + 1 + Math.floor(line.length / 60), 0);
  const { quote, reactions = [], files = [] } = row.message;
  const extras = (quote === undefined ? 0 : 46) + (reactions.length > 0 ? 32 : 0) + heightOf(files);
  return 24 + lines * 22 + (row.startsGroup ? 30 : 0) + extras;
}
