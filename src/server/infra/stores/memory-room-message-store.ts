import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { createMessageIds, type ReserveIds } from './message-ids.ts';
import { createMessageRing } from './message-ring.ts';
import { RingBuffer } from './ring-buffer.ts';
import { createRoomLosses } from './room-losses.ts';
import type { RoomMessageSnapshot } from './room-message-snapshot.ts';
import {
  compareMessageIds,
  mentionsOf,
  noMessageId,
  quoteOf,
  type RoomMessage,
  type RoomMessageDraft,
  type RoomMessageLimits,
  type RoomMessageStore,
  requireSame,
} from './room-message-store.ts';

interface Room {
  held: RingBuffer<RoomMessage>;
  /** The id of the newest message that the room has lost, or a higher one if that is not known. */
  lost: string;
}

export interface MemoryRoomMessageStore extends RoomMessageStore {
  /** The whole state, from which another store can continue. */
  snapshot(): RoomMessageSnapshot;
  /** The number of messages removed so far, except for those of deleted rooms. */
  readonly lost: Readonly<{ evicted: number; expired: number }>;
  /** Adds imported messages, oldest first, before any is appended. */
  restore(messages: Iterable<RoomMessageDraft & { createdAt: Date }>): void;
}

interface Options {
  /** For how many rooms without messages `since` is exact. */
  maxEmptyRooms?: number;
  /** The state of an earlier store, to be continued. Messages that have expired since are dropped. */
  earlier?: RoomMessageSnapshot | undefined;
  /** Called before ids are given, so that a later run can start above them. */
  reserve?: ReserveIds | undefined;
}

/**
 * For a single process. Appending is O(1), if the ring is fair O(log rooms), and reading a room is linear in the messages
 * read.
 */
export function createMemoryRoomMessageStore(
  { ttlMs, ...bounds }: RoomMessageLimits,
  clock: Clock,
  { maxEmptyRooms = 10_000, earlier, reserve }: Options = {},
): MemoryRoomMessageStore {
  const ids = createMessageIds(clock, earlier?.newest, reserve);
  const log = createMessageRing<RoomMessage>(bounds);
  const rooms = new Map<number, Room>();
  /** The messages held that their senders have named. */
  const named = new Map<string, RoomMessage>();
  const emptyRooms = createRoomLosses(maxEmptyRooms, earlier?.lostByOthers ?? noMessageId);
  const doubt = earlier?.doubt ?? noMessageId;
  const counts = { evicted: 0, expired: 0 };
  let createdAt = new Date(clock());
  let hasUnreadImports = false;

  const isExpired = (message: RoomMessage, now: number) => now >= message.createdAt.getTime() + ttlMs;
  const lostBy = (roomId: number) => rooms.get(roomId)?.lost ?? emptyRooms.lostBy(roomId);

  /** Removes expired messages, and returns the time. */
  function expire(): number {
    const now = clock();
    while (log.oldest && isExpired(log.oldest, now)) {
      recordLoss(log.shift());
      counts.expired += 1;
    }
    return now;
  }

  function openRoom(roomId: number, lost = lostBy(roomId)): Room {
    const room = { held: new RingBuffer<RoomMessage>(bounds.capacity + 1), lost };
    rooms.set(roomId, room);
    return room;
  }

  function recordLoss(message: RoomMessage | undefined): void {
    if (message) forgetName(message);
    const room = message && rooms.get(message.roomId);
    if (!room) return;
    room.held.shift(); // the same message: whichever goes is the oldest in its room
    room.lost = message.id;
    if (room.held.size > 0) return;
    rooms.delete(message.roomId);
    emptyRooms.add(message.roomId, room.lost);
  }

  function forgetName(message: RoomMessage): void {
    if (message.clientId === undefined) return;
    const name = nameOf(message.username, message.clientId);
    if (named.get(name) === message) named.delete(name);
  }

  /** The message with this id, if the room holds it. */
  function find(roomId: number, id: string, now: number): RoomMessage | undefined {
    const held = rooms.get(roomId)?.held;
    const found = held?.at(countUpTo(held, id) - 1);
    return found?.id === id && !isExpired(found, now) ? found : undefined;
  }

  /** As readers see it: what it replies to may be gone. */
  function shown(message: RoomMessage, now: number): RoomMessage {
    const { roomId, replyTo } = message;
    if (replyTo === undefined || find(roomId, replyTo.id, now)) return message;
    return { ...message, replyTo: { id: replyTo.id, deleted: true } };
  }

  function hold(message: RoomMessage): void {
    const evicted = log.push(message);
    if (evicted) counts.evicted += 1;
    // First, as the room does not become empty that loses one for another.
    (rooms.get(message.roomId) ?? openRoom(message.roomId)).held.push(message);
    recordLoss(evicted);
    if (message.clientId !== undefined) named.set(nameOf(message.username, message.clientId), message);
  }

  if (earlier) {
    for (const [roomId, lost] of earlier.silent) emptyRooms.add(roomId, lost);
    for (const [roomId, lost] of earlier.held) openRoom(roomId, lost);
    for (const message of earlier.messages) hold(message);
  }

  async function read(roomId: number, after?: string) {
    const now = expire();
    // Imported messages are kept in the database until somebody may have read them.
    if (hasUnreadImports) await reserved(now);
    const held = rooms.get(roomId)?.held;
    const messages: RoomMessage[] = [];
    if (!held) return { messages, complete: true };
    const start = after === undefined ? 0 : countUpTo(held, after);
    for (let index = start; index < held.size; index += 1) {
      const message = held.at(index) as RoomMessage; // safe: index < size
      // If the clock was set back, an expired message can follow one that has not expired.
      if (!isExpired(message, now)) messages.push(message.replyTo ? shown(message, now) : message);
    }
    return { messages, complete: messages.length === held.size - start };
  }

  async function reserved(now: number): Promise<void> {
    await ids.reserved(now);
    hasUnreadImports = false;
  }

  return {
    lost: counts,

    snapshot() {
      expire();
      return {
        version: 1,
        newest: ids.newest,
        lostByOthers: emptyRooms.lostByOthers,
        doubt,
        silent: emptyRooms.entries().filter(([roomId]) => !rooms.has(roomId)),
        held: [...rooms].map(([roomId, { lost }]) => [roomId, lost]),
        messages: [...log],
      };
    },

    async append({ roomId, username, text }) {
      const pending = ids.reserved(clock());
      if (pending) await pending;
      const now = expire();
      if (createdAt.getTime() !== now) createdAt = new Date(now);
      const message = { id: ids.next(now), roomId, username, text, createdAt };
      hold(message);
      return message;
    },

    async appendNamed(draft) {
      const { roomId, username, text, clientId } = draft;
      const pending = ids.reserved(clock());
      if (pending) await pending;
      const now = expire();
      const first = clientId === undefined ? undefined : named.get(nameOf(username, clientId));
      if (first && !isExpired(first, now)) {
        requireSame(first, draft);
        return { message: shown(first, now), isRepeat: true };
      }
      const quoted = draft.replyTo === undefined ? undefined : find(roomId, draft.replyTo, now);
      if (draft.replyTo !== undefined && !quoted) throw new AppError('MESSAGE_NOT_FOUND');
      const message = {
        ...{ id: ids.next(now), roomId, username, text, createdAt: new Date(now) },
        ...(quoted && { replyTo: quoteOf(quoted) }),
        ...(clientId !== undefined && { clientId }),
        ...mentionsOf(draft),
      };
      hold(message);
      return { message, isRepeat: false };
    },

    async list(roomId, after) {
      return (await read(roomId, after)).messages;
    },

    async find(roomId, id) {
      const now = expire();
      if (hasUnreadImports) await reserved(now);
      const found = find(roomId, id, now);
      return found && shown(found, now);
    },

    async since(roomId, after) {
      if (ids.isForeign(after)) return { messages: (await read(roomId)).messages, gap: true };
      const { messages, complete } = await read(roomId, after);
      const isAfter = (id: string) => compareMessageIds(after, id) >= 0;
      return { messages, gap: !(complete && isAfter(lostBy(roomId)) && isAfter(doubt)) };
    },

    restore(messages) {
      const now = clock();
      for (const message of messages) {
        hold({ ...message, id: ids.next(now) });
        hasUnreadImports = true;
      }
    },

    async newestId() {
      return ids.newest;
    },

    async forgetRoom(roomId) {
      emptyRooms.forget(roomId);
      if (!rooms.has(roomId)) return;
      rooms.delete(roomId);
      for (let turns = log.size; turns > 0; turns -= 1) {
        const message = log.shift() as RoomMessage; // safe: one turn per message
        if (message.roomId !== roomId) log.push(message);
        else forgetName(message);
      }
      // Removes the snapshot of the previous run, which contains the room. The room stays deleted even if that fails.
      reserved(clock()).catch(() => {});
    },

    size() {
      expire();
      return log.size;
    },
  };
}

const nameOf = (username: string, clientId: string) => `${clientId} ${username}`;

/** How many of `held` are not newer than `after`. Searches from the end, as most readers miss only the newest messages. */
function countUpTo(held: RingBuffer<RoomMessage>, after: string): number {
  const isNewer = (index: number) => {
    const message = held.at(index);
    return message !== undefined && compareMessageIds(message.id, after) > 0;
  };
  let high = held.size;
  let step = 1;
  while (isNewer(high - step)) {
    high -= step;
    step *= 2;
  }
  // Messages from `high` on are newer, and those before `low` are not.
  let low = Math.max(0, high - step + 1);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isNewer(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
