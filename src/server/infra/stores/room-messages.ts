import type { Logger } from '../../core/logger.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
import type { KeptMessageStore, Listing } from './kept-message-store.ts';
import {
  type Authored,
  compareMessageIds,
  type NamedDraft,
  type RoomMessage,
  type RoomMessageStore,
} from './room-message-store.ts';

/**
 * The messages of all rooms: those of ephemeral rooms in the ring, those of kept rooms in the database. For each room as its
 * store does it.
 */
export interface RoomMessages extends Omit<RoomMessageStore, 'newestId' | 'forgetRoom'> {
  /** Every message stored in the room has at most this id, and every later one a higher id; without `roomId`, in any room. */
  newestId(roomId?: number): Promise<string>;
  /** What `list` gives, in slices. */
  listInSlices(roomId: number, listing: Listing): AsyncIterable<RoomMessage[]>;
  /** The newest messages, of those with lower ids than `before` if given, oldest first. */
  listBefore(roomId: number, before: string | undefined, limit: number): Promise<RoomMessage[]>;
  /** The oldest messages of those with higher ids than `after`. */
  listAfter(roomId: number, after: string, limit: number): Promise<RoomMessage[]>;
  /** Those of these messages that the room has, in any order. */
  findAll(roomId: number, ids: readonly string[]): Promise<RoomMessage[]>;
  /** The end of a room, for lists of rooms. */
  recent(roomId: number): Promise<Recent>;
  /** Whether its sender has sent this before, under the same client id, and it is still there. */
  isSent(draft: NamedDraft): Promise<boolean>;
  isKept(roomId: number): boolean | Promise<boolean>;
  /** A new room must be empty: after a restore of the database, the ring may hold messages of a later one with the same id. */
  clearNewRoom(roomId: number): Promise<void>;
  /** Nobody sees the messages of a deleted room any more. Kept ones are deleted afterwards, in the background. */
  forgetRoom(roomId: number): Promise<void>;
}

/** What lists of rooms show. */
export interface Recent {
  newest: RoomMessage | undefined;
  /** The messages among which those that are unread are counted, oldest first. */
  authors(): Promise<Authored[]>;
}

interface Stores {
  ring: RoomMessageStore;
  kept: KeptMessageStore;
  sql: RawSql;
  log: Logger;
  /** How many of the newest messages of a kept room are looked at to count those that are unread. */
  maxCounted: number;
}

/** Whether the messages of a room are held for a while or kept. */
export type History = 'ephemeral' | 'kept';

export const historyOf = (stored: string): History => (stored === 'kept' ? 'kept' : 'ephemeral');

/** Of how many rooms it is known where their messages are. */
const maxHistories = 100_000;

/** Messages of the ring given at a time. */
const sliceSize = 500;

export function createRoomMessages({ ring, kept, sql, log, maxCounted }: Stores): RoomMessages {
  // Whether a room is kept never changes. A plain map, as it is asked for each message several times.
  const histories = new Map<number, boolean>();

  async function readHistory(roomId: number): Promise<boolean> {
    const [room] = await sql<{ history: string }>(Prisma.sql`SELECT history FROM rooms WHERE id = ${roomId}`);
    if (!room) return false;
    if (histories.size >= maxHistories) histories.clear();
    histories.set(roomId, room.history === 'kept');
    return room.history === 'kept';
  }

  const isKept = (roomId: number) => histories.get(roomId) ?? readHistory(roomId);

  /** What the store of the room gives. Waits only if it is not known which one that is. */
  function inRoom<Result>(
    roomId: number,
    use: (store: RoomMessageStore) => Promise<Result>,
  ): Promise<Result> {
    const known = histories.get(roomId);
    if (known !== undefined) return use(known ? kept : ring);
    return readHistory(roomId).then((isKept) => use(isKept ? kept : ring));
  }

  return {
    isKept,
    append: (draft) => inRoom(draft.roomId, (store) => store.append(draft)),
    appendNamed: (draft) => inRoom(draft.roomId, (store) => store.appendNamed(draft)),
    list: (roomId, after, limit) => inRoom(roomId, (store) => store.list(roomId, after, limit)),
    find: (roomId, id) => inRoom(roomId, (store) => store.find(roomId, id)),
    revise: (roomId, id, decide) => inRoom(roomId, (store) => store.revise(roomId, id, decide)),
    since: (roomId, after, limit) => inRoom(roomId, (store) => store.since(roomId, after, limit)),

    async *listInSlices(roomId, { after, from, sentOnly = false, signal }) {
      if (await isKept(roomId)) return yield* kept.listInSlices(roomId, { after, from, sentOnly, signal });
      const held = (await ring.list(roomId, after)).filter(({ event }) => !sentOnly || event === undefined);
      const messages = from === 'oldest' ? held : held.toReversed();
      for (let start = 0; start < messages.length; start += sliceSize) {
        if (start > 0) await yieldTurn(signal);
        yield messages.slice(start, start + sliceSize);
      }
    },

    async listBefore(roomId, before, limit) {
      if (await isKept(roomId)) return kept.listBefore(roomId, before, limit);
      const held = await ring.list(roomId);
      const older = before === undefined ? held : held.filter(({ id }) => compareMessageIds(id, before) < 0);
      return older.slice(Math.max(0, older.length - limit));
    },

    async listAfter(roomId, after, limit) {
      if (await isKept(roomId)) return kept.listAfter(roomId, after, limit);
      return (await ring.list(roomId, after, limit)).slice(0, limit);
    },

    async findAll(roomId, ids) {
      if (await isKept(roomId)) return kept.findAll(roomId, ids);
      const found = await Promise.all(ids.map((id) => ring.find(roomId, id)));
      return found.filter((message) => message !== undefined);
    },

    async recent(roomId) {
      if (await isKept(roomId)) {
        const [newest] = await kept.listBefore(roomId, undefined, 1);
        return { newest, authors: () => kept.authors(roomId, maxCounted) };
      }
      const held = await ring.list(roomId);
      return { newest: held.at(-1), authors: async () => held.filter(({ event }) => event === undefined) };
    },

    async isSent(draft) {
      const { roomId, username, clientId } = draft;
      if (clientId === undefined) return false;
      if (await isKept(roomId)) return kept.isSent(draft);
      const held = await ring.list(roomId);
      return held.some((message) => message.clientId === clientId && message.username === username);
    },

    async newestId(roomId) {
      if (roomId !== undefined) return inRoom(roomId, (store) => store.newestId());
      const [ofRing, ofKept] = await Promise.all([ring.newestId(), kept.newestId()]);
      return compareMessageIds(ofRing, ofKept) > 0 ? ofRing : ofKept;
    },

    clearNewRoom: (roomId) => ring.forgetRoom(roomId),

    async forgetRoom(roomId) {
      // It takes a while for many messages. What is left after a failure or a shutdown goes with the next sweep.
      kept
        .forgetRoom(roomId)
        .catch((err: unknown) => log.error({ err }, 'deleting the messages of a room failed'));
      await ring.forgetRoom(roomId);
    },

    size: () => ring.size(),
  };
}
