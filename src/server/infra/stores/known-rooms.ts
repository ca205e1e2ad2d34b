import { RingBuffer } from './ring-buffer.ts';
import { compareMessageIds, noMessageId, type RoomMessage } from './room-message-store.ts';
import type { RoomRevisions } from './room-revisions.ts';

export interface KnownRoom {
  readonly id: number;
  /** Its messages as they were sent, in the order of their ids. */
  readonly held: RingBuffer<RoomMessage>;
  /** What has become of them since. Absent in most rooms. */
  revisions: RoomRevisions | undefined;
  /** The id of the newest of these messages that it has lost. */
  lost: string;
  /** That of the newest deletion or earlier message that it has lost, or a higher one if that is not known. */
  lostApart: string;
  /** How many times it is among those that became empty. */
  timesEmptied: number;
}

interface Limits {
  /** How many messages a room can hold. */
  capacity: number;
  /** How many times that a room became empty are remembered. */
  maxEmptied: number;
  lostByOthers: string;
}

/**
 * The rooms of a store in memory: those with messages, and those that became empty last, so that a room that falls silent
 * after each message costs no more than others. Of all other rooms it is known together what they have lost.
 */
export class KnownRooms extends Map<number, KnownRoom> {
  /** The id of the newest message or deletion that any room not known has lost, or a higher one. */
  lostByOthers: string;
  readonly #capacity: number;
  readonly #emptied: RingBuffer<KnownRoom>;

  constructor({ capacity, maxEmptied, lostByOthers }: Limits) {
    super();
    this.#capacity = capacity;
    this.#emptied = new RingBuffer(maxEmptied);
    this.lostByOthers = lostByOthers;
  }

  /** For a room that is not known. */
  open(id: number, lostApart = this.lostByOthers): KnownRoom {
    const held = new RingBuffer<RoomMessage>(this.#capacity);
    const room = { id, held, revisions: undefined, lost: noMessageId, lostApart, timesEmptied: 0 };
    this.set(id, room);
    return room;
  }

  /** Must be called when a room has become empty. */
  close(room: KnownRoom): void {
    room.revisions = undefined;
    room.timesEmptied += 1;
    const first = this.#emptied.push(room);
    if (!first) return;
    first.timesEmptied -= 1;
    // Otherwise it has become empty again since, is in use, or was deleted.
    if (first.timesEmptied > 0 || !isEmpty(first) || this.get(first.id) !== first) return;
    this.delete(first.id);
    // A loss can be told late, as that of a deletion is.
    if (compareMessageIds(lostOf(first), this.lostByOthers) > 0) this.lostByOthers = lostOf(first);
  }

  lostBy(roomId: number): string {
    const room = this.get(roomId);
    return room ? lostOf(room) : this.lostByOthers;
  }

  /** What each room has lost that holds messages or deletions, or of the others. */
  losses({ ofEmpty }: { ofEmpty: boolean }): [number, string][] {
    const rooms = [...this.values()].filter((room) => isEmpty(room) === ofEmpty);
    return rooms.map((room) => [room.id, lostOf(room)]);
  }
}

export const isEmpty = ({ held, revisions }: KnownRoom) => held.size === 0 && !revisions?.size;

/** Compared only when it is asked for: messages are lost in the order of their ids. */
const lostOf = ({ lost, lostApart }: KnownRoom) =>
  compareMessageIds(lost, lostApart) > 0 ? lost : lostApart;
