import type { Clock } from '../clock.ts';
import { RingBuffer } from './ring-buffer.ts';
import {
  comparePositions,
  type MessagePosition,
  parseMessageId,
  type RoomMessage,
  type RoomMessageDraft,
  type RoomMessageLimits,
  type RoomMessageStore,
} from './room-message-store.ts';

interface Entry extends MessagePosition {
  message: RoomMessage;
}

interface Room {
  held: RingBuffer<Entry>;
  /** No message newer than this has been lost. */
  lost: MessagePosition;
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
 * The last `silences` times that a room came to hold nothing are remembered, for `since` to be exact there.
 */
export function createMemoryRoomMessageStore(
  { capacity, ttlMs }: RoomMessageLimits,
  clock: Clock,
  silences = 10_000,
): RoomMessageStore & Restorable {
  const log = new RingBuffer<Entry>(capacity);
  const rooms = new Map<number, Room>();
  const lostBySilent = new Map<number, MessagePosition>();
  // A queue beside the map, since finding the first key of a map means stepping over all those deleted.
  const fallenSilent = new RingBuffer<{ roomId: number; lost: MessagePosition }>(silences);

  let ms = clock();
  let seq = 0;
  let createdAt = new Date(ms);
  // For rooms not known. At first whatever an earlier process stored counts as lost; the first id is past it.
  let lostByUnknown: MessagePosition = { ms, seq };

  function stamp(now: number): void {
    seq = now > ms ? 0 : seq + 1;
    ms = Math.max(now, ms);
    // Shared within a millisecond: in a rush, a date for every message would cost as much as all the rest.
    if (createdAt.getTime() !== now) createdAt = new Date(now);
  }

  const isExpired = ({ message }: Entry, now: number) => now >= message.createdAt.getTime() + ttlMs;

  function readTime(): number {
    const now = clock();
    while (log.oldest && isExpired(log.oldest, now)) recordLoss(log.shift());
    return now;
  }

  const lostBy = (roomId: number) => rooms.get(roomId)?.lost ?? lostBySilent.get(roomId) ?? lostByUnknown;

  function openRoom(roomId: number): Room {
    const room = { held: new RingBuffer<Entry>(capacity), lost: lostBy(roomId) };
    rooms.set(roomId, room);
    return room;
  }

  function recordLoss(entry: Entry | undefined): void {
    const room = entry && rooms.get(entry.message.roomId);
    if (!room) return;
    room.held.shift(); // the same entry: what is oldest of all is oldest in its room
    room.lost = { ms: entry.ms, seq: entry.seq }; // not the entry, which would keep its message in memory
    if (room.held.size === 0) closeRoom(entry.message.roomId, room.lost);
  }

  function closeRoom(roomId: number, lost: MessagePosition): void {
    rooms.delete(roomId);
    lostBySilent.set(roomId, lost);
    const longest = fallenSilent.push({ roomId, lost });
    // Another position, or none, means that the room has fallen silent again since, or is deleted.
    if (!longest || lostBySilent.get(longest.roomId) !== longest.lost) return;
    lostBySilent.delete(longest.roomId);
    lostByUnknown = longest.lost; // newer than any before it, as rooms fall silent in the order of their losses
  }

  function read(roomId: number, after?: MessagePosition) {
    const now = readTime();
    const held = rooms.get(roomId)?.held;
    const messages: RoomMessage[] = [];
    if (!held) return { messages, complete: true };
    const start = after ? countUpTo(held, after) : 0;
    for (let index = start; index < held.size; index += 1) {
      const entry = held.at(index) as Entry; // safe: index < size
      // Where the clock was set back, an expired message can lie behind one with time left.
      if (!isExpired(entry, now)) messages.push(entry.message);
    }
    return { messages, complete: messages.length === held.size - start };
  }

  return {
    async append({ roomId, username, text }) {
      stamp(readTime());
      const message = { id: `${ms}-${seq}`, roomId, username, text, createdAt };
      const entry = { ms, seq, message };
      // The loss first: it may be what makes space in this very room, or closes it.
      recordLoss(log.push(entry));
      (rooms.get(roomId) ?? openRoom(roomId)).held.push(entry);
      return message;
    },

    async list(roomId, after) {
      return read(roomId, after === undefined ? undefined : parseMessageId(after)).messages;
    },

    async since(roomId, after) {
      const position = parseMessageId(after);
      const { messages, complete } = read(roomId, position);
      return { messages, gap: !complete || comparePositions(position, lostBy(roomId)) < 0 };
    },

    restore(messages) {
      // Before the first id that this store gives.
      let last: MessagePosition = { ms: 0, seq: 0 };
      for (const { roomId, username, text, createdAt } of messages) {
        const at = Math.max(Math.min(createdAt.getTime(), ms - 1), last.ms);
        last = { ms: at, seq: at > last.ms ? 0 : last.seq + 1 };
        const message = { id: `${last.ms}-${last.seq}`, roomId, username, text, createdAt };
        const entry = { ...last, message };
        recordLoss(log.push(entry));
        (rooms.get(roomId) ?? openRoom(roomId)).held.push(entry);
      }
    },

    async newestId() {
      return `${ms}-${seq}`;
    },

    async forgetRoom(roomId) {
      lostBySilent.delete(roomId);
      if (!rooms.delete(roomId)) return;
      for (let turns = log.size; turns > 0; turns -= 1) {
        const entry = log.shift() as Entry; // safe: one turn for each entry
        if (entry.message.roomId !== roomId) log.push(entry);
      }
    },

    size() {
      readTime();
      return log.size;
    },
  };
}

/** How many of `held` are no newer than `after`. */
function countUpTo(held: RingBuffer<Entry>, after: MessagePosition): number {
  let low = 0;
  let high = held.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = held.at(middle) as Entry; // safe: low <= middle < high <= size
    if (comparePositions(entry, after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
