import type { PresenceChange } from './presence.ts';

export interface Present {
  online: string[];
  typing: string[];
}

/** Where each of several servers notes who is there with it. */
export interface PresenceBoard {
  /** Notes what has changed at this server, and gives what of that has changed for all. */
  post(roomId: number, change: PresenceChange): Promise<PresenceChange>;
  /** Who is there at any server. */
  read(roomId: number): Promise<Present>;
  /** Called with what has changed in a room through the end of another server. */
  onGone(listener: (roomId: number, change: PresenceChange) => void): void;
  /** Called when the board has lost what this server noted, so that it must be noted again. */
  onLost(listener: () => void): void;
  /** Takes back all that this server has noted. */
  close(): Promise<void>;
}
