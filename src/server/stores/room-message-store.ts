import { z } from 'zod';

/** `<ms>-<seq>`, rising in the order of storing. Bounded in length, so that both parts are exact as numbers. */
export const messageId = z.string().regex(/^\d{1,15}-\d{1,15}$/);

export const roomMessage = z.object({
  id: messageId,
  roomId: z.number().int(),
  username: z.string(),
  text: z.string(),
  createdAt: z.coerce.date(), // a store outside the process keeps it as JSON, and JSON knows no dates
});

/** Not to be changed, nor its date: a store may hand the same objects to every reader. */
export type RoomMessage = Readonly<z.output<typeof roomMessage>>;
export type RoomMessageDraft = Omit<RoomMessage, 'id' | 'createdAt'>;

export interface RoomMessageLimits {
  /** Over all rooms together: beyond it the oldest message makes way, whichever room it is in. */
  capacity: number;
  /** No message is given back once this much time has passed since its `createdAt`. */
  ttlMs: number;
}

/**
 * What was lately said in every room: bounded in number and in age, so not the place for anything that must
 * be kept. Whatever passes tests/stores/room-message-store.contract.ts may serve as one.
 */
export interface RoomMessageStore {
  /** Ids rise strictly from one message to the next, even if the clock is set back. */
  append(draft: RoomMessageDraft): Promise<RoomMessage>;

  /**
   * The messages of a room, oldest first; with `after`, only those newer. `after` is a mere position: its
   * message may be gone, belong to another room, or never have been. A store for which more is dearer gives only the
   * oldest `limit` of them.
   */
  list(roomId: number, after?: string, limit?: number): Promise<RoomMessage[]>;

  /**
   * As `list`, and whether that is all: `gap` is true if a message of this room newer than `after` has been
   * dropped for want of space or for its age. Where a store cannot know, it says true: about a time before
   * it was created, for one that does not outlive its process, and about rooms silent for so long that it
   * no longer keeps count of what they lost.
   */
  since(roomId: number, after: string, limit?: number): Promise<{ messages: RoomMessage[]; gap: boolean }>;

  /** Whatever has been stored in any room has at most this id, and whatever comes has a higher one. */
  newestId(): Promise<string>;

  /**
   * Drops a deleted room at once, together with all record of what it lost; other rooms notice nothing.
   * Made for rare use, and for room ids that are not given out again.
   */
  forgetRoom(roomId: number): Promise<void>;

  /** Messages held in all rooms, for metrics; as of the last call, where the store is outside the process. */
  size(): number;
}

/** Negative when `a` was stored before `b`. As strings they would not sort: '9-0' is older than '10-0'. */
export function compareMessageIds(a: string, b: string): number {
  const dashA = a.indexOf('-');
  const dashB = b.indexOf('-');
  return (
    Number(a.slice(0, dashA)) - Number(b.slice(0, dashB)) ||
    Number(a.slice(dashA + 1)) - Number(b.slice(dashB + 1))
  );
}
