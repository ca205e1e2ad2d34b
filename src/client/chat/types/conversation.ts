import type { Reason } from '../../api.ts';
import type { ChatError, Readable, Target } from './basics.ts';
import type { List, Member, Pin, RoomSummary } from './lists.ts';
import type { NewMessage, Outgoing } from './messages.ts';
import type { Timeline } from './timeline.ts';

/** A room, or the conversation with a user. */
export interface Conversation {
  /** What it is named by. */
  readonly target: Target;
  /** What is known of it beside its messages. */
  readonly info: Readable<ConversationInfo>;
  /** The window at the live end. */
  readonly messages: Timeline;
  /** A window of its own: around a message, or where reading stopped. */
  window(at: { around: string } | { firstUnread: true }): Timeline;
  /** Others who are typing. */
  readonly typing: Readable<readonly string[]>;
  /** Who is there: of a room its subscribers, of a conversation the user if online. */
  readonly online: Readable<ReadonlySet<string>>;
  /** Of a room. Of a conversation it stays empty. */
  readonly members: List<Member>;
  /** What is pinned in a room, the latest pin first. Of a conversation it stays empty. */
  readonly pins: List<Pin>;
  /** The text being written, which survives a reload. */
  readonly draft: Readable<string> & {
    /** What the user has written so far. */
    set(text: string): void;
  };
  /** Shown at once, stored before it leaves, delivered in order. Never throws or rejects. */
  send(message: string | NewMessage): Outgoing;
  /** Sends a failed message again, without what it replies to or its files if these are gone. */
  retry(key: string): void;
  /** Drops an undelivered message. */
  discard(key: string): void;
  /** Shown at once, and taken back where it is refused. Rejects as the call does. */
  edit(key: string, text: string): Promise<void>;
  /** Deletes a message, for the user alone with `me`. Rejects as the call does. */
  remove(key: string, scope?: 'everyone' | 'me'): Promise<void>;
  /** Adds an emoji. Rejects as the call does. */
  react(key: string, emoji: string): Promise<void>;
  /** Takes it back. Rejects as the call does. */
  unreact(key: string, emoji: string): Promise<void>;
  /** Without a time for good. */
  mute(until?: Date): Promise<void>;
  /** Turns notifications on again. */
  unmute(): Promise<void>;
  /** Leaves a room. Hides a conversation's messages so far from the user. */
  leave(): Promise<void>;
  /** Tells the others that the user is typing. Call it at each key press. */
  keystroke(): void;
  /** Tells the others that the user has stopped. */
  stopTyping(): void;
}

/** What is known of a conversation beside its messages. */
export interface ConversationInfo {
  /** `ended`: the user is no member any more, or the session is over. */
  status: 'loading' | 'ready' | 'failed' | 'ended';
  /** The room's name, or the other user's. */
  name: string;
  /** Messages by others that the user has not read. */
  unread: number;
  /** Those of them that mention the user. */
  mentions: number;
  /** The newest message that the user has read; null if unknown. */
  readUpTo: string | null;
  /** The newest message that the other has read; null for rooms, and where the other does not tell. */
  peerReadUpTo: string | null;
  /** In ISO 8601; null if it is not muted. */
  mutedUntil: string | null;
  /** Whether the user has blocked the other. */
  isBlocked: boolean;
  /** In a room; null if unknown. */
  role: RoomSummary['role'] | null;
  /** `kept` can be paged to its beginning, `ephemeral` has what the server still holds. */
  history: 'kept' | 'ephemeral';
  /** Why it is `ended`. */
  endedBy: Reason | null;
  /** Of the latest attempt that has failed. */
  error: ChatError | null;
}
