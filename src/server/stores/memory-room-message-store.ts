import type { Clock } from '../clock.ts';
import { RingBuffer } from './ring-buffer.ts';
import type { RoomMessageSnapshot } from './room-message-snapshot.ts';
import {
  compareMessageIds,
  type RoomMessage,
  type RoomMessageDraft,
  type RoomMessageLimits,
  type RoomMessageStore,
} from './room-message-store.ts';

interface Room {
  held: RingBuffer<RoomMessage>;
  /** The id of the newest message that has been lost, or one past all those that may have been. */
  lost: string;
}

export interface MemoryRoomMessageStore extends RoomMessageStore {
  /** All that it knows, for another to go on from. */
  snapshot(): RoomMessageSnapshot;
  /** Messages that are held no more, but for those of rooms that were forgotten. */
  readonly lost: Readonly<{ evicted: number; expired: number }>;
}

export interface Restorable {
  /**
   * Takes in messages from before this store was made, oldest first, before any is appended. It cannot know what else
   * there was, so that whoever resumes from that time is told of a gap.
   */
  restore(messages: Iterable<RoomMessageDraft & { createdAt: Date }>): void;
}

/**
 * For a single process. Appending costs the same at any capacity, and reading a room only as much as is read.
 * The last `silences` times that a room came to hold nothing are remembered, for `since` to be exact there. With
 * `earlier` it goes on where another store ended: with its ids, and with what it held and has not expired.
 */
export function createMemoryRoomMessageStore(
  { capacity, ttlMs }: RoomMessageLimits,
  clock: Clock,
  silences = 10_000,
  earlier?: RoomMessageSnapshot,
): MemoryRoomMessageStore & Restorable {
  const log = new RingBuffer<RoomMessage>(capacity);
  const rooms = new Map<number, Room>();
  const lostBySilent = new Map<number, string>();
  // A queue beside the map, since finding the first key of a map means stepping over all those deleted.
  const fallenSilent = new RingBuffer<{ roomId: number; lost: string }>(silences);

  // What is the same for all messages of a millisecond is made once: in a rush it would cost as much as all the rest.
  let ms = clock();
  let idPrefix = `${ms}-`;
  let createdAt = new Date(ms);
  let seq = 0;
  let hasImported = false;
  const counts = { evicted: 0, expired: 0 };
  // For rooms not known. At first whatever an earlier process stored counts as lost; the first id is past it.
  let lostByUnknown = idPrefix + seq;

  function nextId(now: number): string {
    seq += 1;
    if (now > ms) {
      ms = now;
      idPrefix = `${ms}-`;
      seq = 0;
    }
    if (createdAt.getTime() !== now) createdAt = new Date(now);
    return idPrefix + seq;
  }

  const isExpired = (message: RoomMessage, now: number) => now >= message.createdAt.getTime() + ttlMs;

  function readTime(): number {
    const now = clock();
    while (log.oldest && isExpired(log.oldest, now)) {
      recordLoss(log.shift());
      counts.expired += 1;
    }
    return now;
  }

  const lostBy = (roomId: number) => rooms.get(roomId)?.lost ?? lostBySilent.get(roomId) ?? lostByUnknown;

  function openRoom(roomId: number): Room {
    const room = { held: new RingBuffer<RoomMessage>(capacity), lost: lostBy(roomId) };
    rooms.set(roomId, room);
    return room;
  }

  function recordLoss(message: RoomMessage | undefined): void {
    const room = message && rooms.get(message.roomId);
    if (!room) return;
    room.held.shift(); // the same message: what is oldest of all is oldest in its room
    // What came with an import has lower ids than what was lost before.
    if (!hasImported || compareMessageIds(message.id, room.lost) > 0) room.lost = message.id;
    if (room.held.size === 0) closeRoom(message.roomId, room.lost);
  }

  function hold(message: RoomMessage): void {
    // The loss first: it may be what makes space in this very room, or closes it.
    const evicted = log.push(message);
    if (evicted) counts.evicted += 1;
    recordLoss(evicted);
    (rooms.get(message.roomId) ?? openRoom(message.roomId)).held.push(message);
  }

  function closeRoom(roomId: number, lost: string): void {
    rooms.delete(roomId);
    lostBySilent.set(roomId, lost);
    const longest = fallenSilent.push({ roomId, lost });
    // Another id, or none, means that the room has fallen silent again since, or is deleted.
    if (!longest || lostBySilent.get(longest.roomId) !== longest.lost) return;
    lostBySilent.delete(longest.roomId);
    lostByUnknown = longest.lost; // newer than any before it, as rooms fall silent in the order of their losses
  }

  function read(roomId: number, after?: string) {
    const now = readTime();
    const held = rooms.get(roomId)?.held;
    const messages: RoomMessage[] = [];
    if (!held) return { messages, complete: true };
    const start = after === undefined ? 0 : countUpTo(held, after);
    for (let index = start; index < held.size; index += 1) {
      const message = held.at(index) as RoomMessage; // safe: index < size
      // Where the clock was set back, an expired message can lie behind one with time left.
      if (!isExpired(message, now)) messages.push(message);
    }
    return { messages, complete: messages.length === held.size - start };
  }

  function restore({ newest, lostByOthers, silent, held, messages }: RoomMessageSnapshot): void {
    const dash = newest.indexOf('-');
    ms = Number(newest.slice(0, dash));
    seq = Number(newest.slice(dash + 1));
    idPrefix = `${ms}-`;
    lostByUnknown = lostByOthers;
    // In the order in which they fell silent.
    for (const [roomId, lost] of silent) closeRoom(roomId, lost);
    for (const [roomId, lost] of held) openRoom(roomId).lost = lost;
    for (const message of messages) hold(message);
  }
  if (earlier) restore(earlier);

  return {
    lost: counts,

    snapshot() {
      readTime();
      return {
        version: 1,
        newest: idPrefix + seq,
        lostByOthers: lostByUnknown,
        silent: [...lostBySilent]
          .filter(([roomId]) => !rooms.has(roomId)) // one that speaks again counts as held
          .sort(([, a], [, b]) => compareMessageIds(a, b)),
        held: [...rooms].map(([roomId, { lost }]) => [roomId, lost]),
        messages: [...log],
      };
    },

    async append({ roomId, username, text }) {
      const message = { id: nextId(readTime()), roomId, username, text, createdAt };
      hold(message);
      return message;
    },

    async list(roomId, after) {
      return read(roomId, after).messages;
    },

    async since(roomId, after) {
      const { messages, complete } = read(roomId, after);
      return { messages, gap: !complete || compareMessageIds(after, lostBy(roomId)) < 0 };
    },

    restore(messages) {
      // Before the first id that this store gives; behind what it holds already, if it does.
      const goesOn = log.size > 0;
      hasImported = true;
      const latest = ms - 1;
      let at = 0;
      let count = 0;
      for (const { roomId, username, text, createdAt } of messages) {
        const next = Math.max(Math.min(createdAt.getTime(), latest), at);
        count = next > at ? 0 : count + 1;
        at = next;
        hold({ id: goesOn ? nextId(ms) : `${at}-${count}`, roomId, username, text, createdAt });
      }
    },

    async newestId() {
      return idPrefix + seq;
    },

    async forgetRoom(roomId) {
      lostBySilent.delete(roomId);
      if (!rooms.delete(roomId)) return;
      for (let turns = log.size; turns > 0; turns -= 1) {
        const message = log.shift() as RoomMessage; // safe: one turn for each message
        if (message.roomId !== roomId) log.push(message);
      }
    },

    size() {
      readTime();
      return log.size;
    },
  };
}

/** How many of `held` are no newer than `after`. It looks from the end, as readers mostly miss only the newest. */
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
  // What lies at `high` and beyond is newer, and what lies before `low` is not.
  let low = Math.max(0, high - step + 1);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isNewer(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
