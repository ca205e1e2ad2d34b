import type { ChatError, Readable } from './basics.ts';
import type { TimelineItem } from './messages.ts';

/** A part of a conversation, oldest first and without holes that are not told of. */
export interface Timeline extends Readable<TimelineSnapshot> {
  /** Loads without subscribing. Resolves also where that fails, which the snapshot tells. */
  load(): Promise<void>;
  /** Loads the page before it. Does nothing without one, or while it is being loaded. */
  loadOlder(): void;
  /** Loads the page after it. */
  loadNewer(): void;
  /** Shows the newest messages. */
  toLive(): void;
  /** Loads again what has failed. */
  retry(): void;
  /** Whether a message that was loaded is gone since. It is named by its id. */
  isGone(id: string): boolean;
  /** Reads again what a message's files are, as their URLs expire. */
  renew(key: string): Promise<void>;
  /** Reports the newest message that is wholly visible, or null. What the user looked at for half a second is marked as read. */
  seen(key: string | null): void;
}

/** What a window shows. */
export interface TimelineSnapshot {
  /** `ended`: the user is no member any more, or the session is over. */
  status: 'loading' | 'ready' | 'failed' | 'ended';
  /** An item keeps its identity until it changes. Undelivered messages are last. */
  items: readonly TimelineItem[];
  /** What is before the items. */
  older: Edge;
  /** What is after them. */
  newer: Edge;
  /** What has changed may not be known. */
  isStale: boolean;
  /** The key of the first message that was unread when the window opened. */
  firstUnread: string | null;
  /** New messages after a window that does not reach the live end. */
  unreadBelow: number;
  /** Of the latest attempt that has failed. */
  error: ChatError | null;
}

/** `end`: nothing is beyond. `more`: it can be loaded. `lost`: the server no longer holds what was there. */
export type Edge = 'end' | 'more' | 'loading' | 'failed' | 'lost';
