/** What the calls of the API need: users, rooms, messages, and what some of them need anew for each request. */
import type { People } from './people.ts';

/** What a call uses up, so that each request needs another one. */
export type Kind = 'session' | 'accessToken' | 'membership' | 'room' | 'invite' | 'inboxMessage';

/** One of them: what it is named by, and the token of whom it belongs to, if that is somebody of the crowd. */
export interface Fresh {
  token?: string | undefined;
  username?: string;
  id?: number | undefined;
  roomId?: number;
}

export interface World extends People {
  /** The rooms of the first user, who owns them: that of `roomId` with all members, and four others. */
  roomIds: number[];
  /** Of the 100 messages in the first room, oldest first. The second user has sent them. */
  messageIds: string[];
  /** A message from the second user to the third. */
  inboxId: number;
  /** The newest message of the first user's inbox, all of which is read. */
  lastReadId: number;
  /** Leads into the first room. */
  inviteCode: string;
  /** Another number each time, for names that nobody has. */
  turn: number;
  fresh: Fresh[];
}

/** How many requests can be made of a call that uses something up. */
export const freshCount = 40;
export const password = 'correct horse battery staple';
/** A user with that password, and no part in anything. */
export const guest = 'guest';
