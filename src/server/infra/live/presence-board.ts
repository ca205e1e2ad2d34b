import type { PresenceChange } from './presence-events.ts';

export interface Present {
  online: string[];
  typing: string[];
}

/** Presence shared by several servers: each records the users connected to it. */
export interface PresenceBoard {
  /** Records what has changed at this server, and returns the part that changes the state over all servers. */
  post(roomId: number, change: PresenceChange): Promise<PresenceChange>;
  /** Who is present at any server. */
  read(roomId: number): Promise<Present>;
  /** Which of the users are online at any server. */
  readOnline(roomId: number, usernames: readonly string[]): Promise<string[]>;
  /** Calls the listener with the changes in a room when another server has gone. */
  onGone(listener: (roomId: number, change: PresenceChange) => void): void;
  /** Calls the listener when the board has lost what this server recorded, which must then be posted again. */
  onLost(listener: () => void): void;
  /** Removes everything this server has recorded. */
  close(): Promise<void>;
}
