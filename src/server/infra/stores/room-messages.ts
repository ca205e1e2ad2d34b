import type { Logger } from '../../core/logger.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
import type { Attachment } from '../files/attachments.ts';
import type { FileUrls } from '../files/file-urls.ts';
import type { BotNames } from './bot-names.ts';
import type { DepartedNames } from './departed-names.ts';
import type { KeptMessageStore, Listing } from './kept-message-store.ts';
import { withoutDeparted } from './rename-in-messages.ts';
import {
  type Authored,
  compareMessageIds,
  type NamedDraft,
  type Revision,
  type RoomChange,
  type RoomMessage,
  type RoomMessageDraft,
  type RoomMessageStore,
  type SentName,
} from './room-message-store.ts';

/**
 * The messages of all rooms: those of ephemeral rooms in the ring, those of kept rooms in the database. For each room as its
 * store does it.
 */
export interface RoomMessages extends Pick<RoomMessageStore, 'size'> {
  append(draft: RoomMessageDraft): Promise<ShownRoomMessage>;
  appendNamed(draft: NamedDraft): Promise<{ message: ShownRoomMessage; isRepeat: boolean }>;
  list(roomId: number, after?: string, limit?: number): Promise<ShownRoomMessage[]>;
  since(
    roomId: number,
    after: string,
    limit?: number,
  ): Promise<{ messages: ShownRoomMessage[]; changes: ShownRoomChange[]; gap: boolean; newestId: string }>;
  find(roomId: number, id: string): Promise<ShownRoomMessage | undefined>;
  revise(
    roomId: number,
    id: string,
    decide: (message: RoomMessage) => Revision | undefined,
  ): Promise<{ message: ShownRoomMessage; isChanged: boolean }>;
  /** Every message stored in the room has at most this id, and every later one a higher id; without `roomId`, in any room. */
  newestId(roomId?: number): Promise<string>;
  /** What `list` gives, in slices. */
  listInSlices(roomId: number, listing: Listing): AsyncIterable<ShownRoomMessage[]>;
  /** The newest messages, of those with lower ids than `before` if given, oldest first. */
  listBefore(roomId: number, before: string | undefined, limit: number): Promise<ShownRoomMessage[]>;
  /** The oldest messages of those with higher ids than `after`. */
  listAfter(roomId: number, after: string, limit: number): Promise<ShownRoomMessage[]>;
  /** Those of these messages that the room has, in any order. */
  findAll(roomId: number, ids: readonly string[]): Promise<ShownRoomMessage[]>;
  /** Those of these messages that the ring holds. */
  present(roomId: number, ids: readonly string[]): Promise<string[]>;
  /** The end of a room, for lists of rooms. */
  recent(roomId: number): Promise<Recent>;
  /** Whether its sender has sent this before, under the same client id, and it is still there. */
  isSent(draft: NamedDraft): Promise<boolean>;
  /** Whether its sender has sent this before, under the same client id, and it was deleted since. */
  isDeleted(sent: SentName): Promise<boolean>;
  isKept(roomId: number): boolean | Promise<boolean>;
  /** Whether whoever reads the room is signalled as messages are appended, without its topic being published on. */
  announcesAppends(roomId: number): boolean;
  /** A new room must be empty: after a restore of the database, the ring may hold messages of a later one with the same id. */
  clearNewRoom(roomId: number): Promise<void>;
  /** Nobody sees the messages of a deleted room any more. Kept ones are deleted afterwards, in the background. */
  forgetRoom(roomId: number): Promise<void>;
}

/** What lists of rooms show. */
export interface Recent {
  newest: ShownRoomMessage | undefined;
  /** The messages among which those that are unread are counted, oldest first. */
  authors(): Promise<Authored[]>;
}

interface Stores {
  ring: RoomMessageStore;
  kept: KeptMessageStore;
  sql: RawSql;
  fileUrls: FileUrls;
  /** Whose messages are marked. */
  bots: Pick<BotNames, 'has'>;
  /** Whose names are not shown any more. */
  departed: DepartedNames;
  log: Logger;
  /** How many of the newest messages of a kept room are looked at to count those that are unread. */
  maxCounted: number;
}

/** A message as readers get it: with URLs of its files. */
export type ShownRoomMessage = Omit<RoomMessage, 'attachments'> & {
  readonly attachments?: Attachment[];
  /** Whether a bot has sent it. */
  readonly isBot?: true;
};

/** As a store gives it, with the message as readers get it. */
export type ShownRoomChange =
  | { kind: 'edited' | 'reaction'; id: string; message: ShownRoomMessage }
  | Extract<RoomChange, { kind: 'deleted' }>;

/** Whether the messages of a room are held for a while or kept. */
export type History = 'ephemeral' | 'kept';

export const historyOf = (stored: string): History => (stored === 'kept' ? 'kept' : 'ephemeral');

/** Of how many rooms it is known where their messages are. */
const maxHistories = 100_000;

/** Messages of the ring given at a time. */
const sliceSize = 500;

export function createRoomMessages({
  ring,
  kept,
  sql,
  fileUrls,
  bots,
  departed,
  log,
  maxCounted,
}: Stores): RoomMessages {
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

  /**
   * With URLs and marks, by the messages as they are held: signing costs, and whoever encodes messages knows them by their
   * objects.
   */
  const changed = new WeakMap<RoomMessage, { expires: number; message: ShownRoomMessage }>();

  const isFromBot = ({ username, event }: RoomMessage) => bots.has(username) && event === undefined;

  /** Messages of people without files stay the objects that they are. */
  function shown(stored: RoomMessage): ShownRoomMessage {
    const message = departed.size === 0 ? stored : renamed(stored);
    const isBot = isFromBot(message);
    if (!message.attachments && !isBot) return message as ShownRoomMessage; // safe: it has none
    const { attachments, ...plain } = message;
    const expires = attachments ? fileUrls.expires() : 0;
    const known = changed.get(message);
    if (known?.expires === expires && known.message.isBot === (isBot || undefined)) return known.message;
    const made: ShownRoomMessage = {
      ...plain,
      ...(attachments && { attachments: attachments.map((file) => fileUrls.show(file, message)) }),
      ...(isBot && { isBot }),
    };
    changed.set(message, { expires, message: made });
    return made;
  }

  /** Each the same object again, for as long as it has the same names. */
  const renamedBefore = new WeakMap<RoomMessage, { version: number; message: RoomMessage }>();

  function renamed(message: RoomMessage): RoomMessage {
    const { version } = departed;
    const known = renamedBefore.get(message);
    if (known?.version === version) return known.message;
    const made = withoutDeparted(message, departed);
    if (made !== message) renamedBefore.set(message, { version, message: made });
    return made;
  }

  const allShown = (messages: RoomMessage[]): ShownRoomMessage[] =>
    departed.size > 0 || messages.some((message) => message.attachments || isFromBot(message))
      ? messages.map(shown)
      : (messages as ShownRoomMessage[]); // safe: as above

  const shownChange = (change: RoomChange): ShownRoomChange =>
    change.kind === 'deleted' ? change : { ...change, message: shown(change.message) };

  return {
    isKept,
    append(draft) {
      const appended = inRoom(draft.roomId, (store) => store.append(draft));
      if (bots.has(draft.username)) return appended.then(shown);
      return appended as Promise<ShownRoomMessage>; // safe: a plain draft has no files
    },

    async appendNamed(draft) {
      const { message, isRepeat } = await inRoom(draft.roomId, (store) => store.appendNamed(draft));
      return { message: shown(message), isRepeat };
    },

    list: async (roomId, after, limit) =>
      allShown(await inRoom(roomId, (store) => store.list(roomId, after, limit))),

    async find(roomId, id) {
      const message = await inRoom(roomId, (store) => store.find(roomId, id));
      return message && shown(message);
    },

    async revise(roomId, id, decide) {
      const { message, isChanged } = await inRoom(roomId, (store) => store.revise(roomId, id, decide));
      return { message: shown(message), isChanged };
    },

    async since(roomId, after, limit) {
      const missed = await inRoom(roomId, (store) => store.since(roomId, after, limit));
      const { messages, changes } = missed;
      return { ...missed, messages: allShown(messages), changes: changes.map(shownChange) };
    },

    async *listInSlices(roomId, { after, from, sentOnly = false, signal }) {
      if (await isKept(roomId)) {
        const slices = kept.listInSlices(roomId, { after, from, sentOnly, signal });
        for await (const slice of slices) yield allShown(slice);
        return;
      }
      const all = await ring.list(roomId, after);
      const held = sentOnly ? all.filter(({ event }) => event === undefined) : all;
      const messages = from === 'oldest' ? held : held.toReversed();
      for (let start = 0; start < messages.length; start += sliceSize) {
        if (start > 0) await yieldTurn(signal);
        yield allShown(messages.slice(start, start + sliceSize));
      }
    },

    async listBefore(roomId, before, limit) {
      if (await isKept(roomId)) return allShown(await kept.listBefore(roomId, before, limit));
      const held = await ring.list(roomId);
      const older = before === undefined ? held : held.filter(({ id }) => compareMessageIds(id, before) < 0);
      return allShown(older.slice(Math.max(0, older.length - limit)));
    },

    async listAfter(roomId, after, limit) {
      if (await isKept(roomId)) return allShown(await kept.listAfter(roomId, after, limit));
      return allShown((await ring.list(roomId, after, limit)).slice(0, limit));
    },

    async findAll(roomId, ids) {
      if (await isKept(roomId)) return allShown(await kept.findAll(roomId, ids));
      const found = await Promise.all(ids.map((id) => ring.find(roomId, id)));
      return allShown(found.filter((message) => message !== undefined));
    },

    async present(roomId, ids) {
      const found = await Promise.all(ids.map((id) => ring.find(roomId, id)));
      return ids.filter((_, index) => found[index] !== undefined);
    },

    async recent(roomId) {
      if (await isKept(roomId)) {
        const [newest] = await kept.listBefore(roomId, undefined, 1);
        return { newest: newest && shown(newest), authors: () => kept.authors(roomId, maxCounted) };
      }
      const held = await ring.list(roomId);
      const newest = held.at(-1);
      return {
        newest: newest && shown(newest),
        authors: async () => held.filter(({ event }) => event === undefined),
      };
    },

    async isSent(draft) {
      const { roomId, username, clientId } = draft;
      if (clientId === undefined) return false;
      if (await isKept(roomId)) return kept.isSent(draft);
      const held = await ring.list(roomId);
      return held.some((message) => message.clientId === clientId && message.username === username);
    },

    announcesAppends: (roomId) => histories.get(roomId) === false && ring.announcesAppends === true,

    isDeleted: (sent) => inRoom(sent.roomId, (store) => store.isDeleted(sent)),

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
