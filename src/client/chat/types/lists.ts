import type { ChatError, Readable } from './basics.ts';
import type { Message } from './messages.ts';

/** A list that is kept up to date. */
export interface List<T> extends Readable<ListSnapshot<T>> {
  /** Loads without subscribing. Resolves also where that fails, which the snapshot tells. */
  load(): Promise<void>;
  /** Loads the next page. Does nothing without one. */
  loadMore(): void;
  /** Loads again after a failure. */
  retry(): void;
}

/** What a list shows. */
export interface ListSnapshot<T> {
  /** `failed` only where nothing has been loaded. */
  status: 'loading' | 'ready' | 'failed';
  /** What is loaded. */
  items: readonly T[];
  /** Whether there is another page. */
  hasMore: boolean;
  /** Whether that is being loaded. */
  isLoadingMore: boolean;
  /** What has changed may not be known, as there is no connection. */
  isStale: boolean;
  /** Of the latest attempt that has failed. */
  error: ChatError | null;
}

/** The newest message of a room, as it begins. */
export interface RoomPreview {
  /** Its author's name. */
  username: string;
  /** At most 140 characters. */
  text: string;
  /** In ISO 8601. */
  createdAt: string;
  /** Of the message. */
  id: string;
  /** Whether a user or the server has sent it. */
  kind: 'user' | 'system';
  /** What a system message tells. */
  event?: string;
}

/** A room that the user is in. */
export interface RoomSummary {
  /** Of the room. */
  id: number;
  /** As members see it. */
  name: string;
  /** Whether it needs a password or an invitation. */
  isPrivate: boolean;
  /** Null if unknown. */
  createdBy: string | null;
  /** Empty if there is none. */
  topic: string;
  /** Whether its messages are kept, or held for a while. */
  history: 'ephemeral' | 'kept';
  /** The user's own. */
  role: 'owner' | 'moderator' | 'member';
  /** Messages by others that the user has not read. */
  unread: number;
  /** Those of them that mention the user. */
  mentions: number;
  /** The newest message that the user has read. */
  readUpTo: string;
  /** Null if there is none. */
  lastMessage: RoomPreview | null;
  /** In ISO 8601; null if it is not muted. */
  mutedUntil: string | null;
}

/** A room that everybody can join. */
export interface PublicRoom {
  /** Of the room. */
  id: number;
  /** As members see it. */
  name: string;
  /** Whether the user is in it. */
  joined: boolean;
}

/** A conversation with a user. */
export interface PeerSummary {
  /** The other. */
  peer: {
    /** The other's name. */
    username: string;
    /** Null if there is none. */
    avatarUrl: string | null;
  };
  /** The newest message, as it begins; null if there is none. */
  lastMessage: {
    /** Of the message. */
    id: number;
    /** Its author's name. */
    sender: string;
    /** At most 140 characters. */
    text: string;
    /** In ISO 8601. */
    createdAt: string;
  } | null;
  /** Messages by the other that the user has not read. */
  unread: number;
  /** The newest message that the user has read; 0 if none. */
  readUpTo: number;
  /** The newest message that the other has read; null where the other does not tell. */
  peerReadUpTo: number | null;
  /** In ISO 8601; null if it is not muted. */
  mutedUntil: string | null;
  /** Whether the user has blocked the other. */
  isBlocked: boolean;
}

/** A member of a room. */
export interface Member {
  /** The member's name. */
  username: string;
  /** In ISO 8601. */
  joinedAt: string;
  /** What the member may do. */
  role: 'owner' | 'moderator' | 'member';
  /** Null if there is none. */
  avatarUrl: string | null;
}

/** A pinned message of a room. */
export interface Pin {
  /** As it is now. */
  message: Message;
  /** Who has pinned it. */
  pinnedBy: string;
  /** In ISO 8601. */
  pinnedAt: string;
}
