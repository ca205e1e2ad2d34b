import type { ConnectionState } from '../../connection.ts';
import type { ChatError, Readable, Target } from './basics.ts';
import type { Conversation } from './conversation.ts';
import type { List, PeerSummary, PublicRoom, RoomSummary } from './lists.ts';
import type { OutgoingSummary } from './messages.ts';
import type { Search } from './search.ts';

/** The state of one user's chat. Nothing is loaded before it is subscribed to. */
export interface Chat {
  /** The user's name; null until it is known. */
  readonly me: Readable<string | null>;
  /** Whether it is connected, and whether the session is still open. */
  readonly state: Readable<ChatState>;
  /** The rooms that the user is in. */
  readonly rooms: List<RoomSummary>;
  /** Rooms that everybody can join. */
  readonly publicRooms: List<PublicRoom>;
  /** Conversations, latest activity first. */
  readonly inbox: List<PeerSummary>;
  /** The names of the users whom the user has blocked. */
  readonly blocked: List<string>;
  /** What the user has not read, in rooms and conversations. */
  readonly unread: Readable<Unread>;
  /** What is not delivered, also of earlier page loads. */
  readonly outbox: Readable<readonly OutgoingSummary[]>;
  /** The same object for the same target. Free until something of it is subscribed to. */
  conversation(target: Target): Conversation;
  /** Who of these users is online. Names that are missing are not known yet. */
  presence(usernames: readonly string[]): Readable<ReadonlyMap<string, boolean>>;
  /** A search of its own, in everything, in all rooms, in all private messages or in one conversation. */
  search(options?: { in?: Target | 'rooms' | 'inbox' | undefined }): Search;
  /**
   * Calls the listener for new messages by others, never for history; of several to one room within a tenth of a second for the newest.
   * Returns the function that stops it.
   */
  onNews(listener: (news: News) => void): () => void;
  /** Rejects as the call does. */
  createRoom(room: {
    name: string;
    password?: string;
    history?: 'ephemeral' | 'kept';
  }): Promise<Conversation>;
  /** Rejects as the call does. */
  joinRoom(room: { name: string; password?: string }): Promise<Conversation>;
  /** Resolves when no request is under way and all that is known has been shown. For tests. */
  idle(): Promise<void>;
  /** What is loaded, as JSON, for a page that was rendered on a server. */
  dehydrate(): DehydratedChat;
  /** Shows it until more is known. It has to be the same user's. Call it before anything is subscribed to. */
  hydrate(from: DehydratedChat): void;
  /**
   * Ends all work; other calls do nothing then. `forget` also deletes what is stored of this user, here and in other windows, whose chats end
   * too: for logging out.
   */
  close(options?: { forget?: boolean }): Promise<void>;
}

/** What one chat hands to another one. */
export interface DehydratedChat {
  /** Of its form. */
  version: 1;
  /** Null if it was not known. */
  username: string | null;
  /** Can be written as JSON. */
  state: unknown;
}

/** Connection and session. */
export interface ChatState {
  /** Of all subscriptions together. */
  connection: ConnectionState;
  /** `ended`: the session is over, or was closed, and nothing is tried again. */
  session: 'starting' | 'open' | 'ended';
  /** Why it is `starting` or `ended`, if there is a reason. */
  error: ChatError | null;
}

/** The server's numbers. The first three are without what is muted. */
export interface Unread {
  /** By others, in rooms and conversations. */
  messages: number;
  /** Messages that mention the user. */
  mentions: number;
  /** Rooms and conversations with unread messages. */
  conversations: number;
  /** Messages in rooms, also in those that are muted. */
  inRooms: number;
  /** Messages in conversations, also in those that are muted. */
  inInbox: number;
}

/** A new message by somebody else. */
export interface News {
  /** Where it was written. */
  target: Target;
  /** Its text may be cut to 140 characters. */
  message: {
    /** Of the message. */
    id: string;
    /** The author's name. */
    author: string;
    /** As it begins. */
    text: string;
    /** In ISO 8601. */
    createdAt: string;
  };
  /** Whether it mentions the user. */
  mentionsMe: boolean;
  /** A window at the live end of the conversation is watched, and the user is looking. */
  isBeingRead: boolean;
  /** Whether the user wants no notifications of it. */
  isMuted: boolean;
}
