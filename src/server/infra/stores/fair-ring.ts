import { Heap } from './heap.ts';

/** A message, between the next older and newer one of all, and before the next one of its room. */
interface Link<T> {
  message: T;
  /** Increases from message to message. */
  turn: number;
  older: Link<T> | undefined;
  newer: Link<T> | undefined;
  nextInRoom: Link<T> | undefined;
}

/** A room with messages. */
interface Room<T> {
  oldest: Link<T>;
  newest: Link<T>;
  size: number;
  place: number;
}

/**
 * A ring in which the room that holds the most messages loses its oldest one, so that a busy room pushes out its own
 * messages, down to its share, before a quiet one loses any. The message that is added counts. Of rooms that hold equally
 * many, the one with the oldest message loses it, so that a room becomes empty only with the oldest message of all.
 */
export class FairRing<T extends { roomId: number | undefined }> {
  readonly #capacity: number;
  readonly #rooms = new Map<number | undefined, Room<T>>();
  readonly #bySize = new Heap<Room<T>>(
    (a, b) => a.size > b.size || (a.size === b.size && a.oldest.turn < b.oldest.turn),
  );
  #oldest: Link<T> | undefined;
  #newest: Link<T> | undefined;
  #size = 0;
  #turns = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.#oldest?.message;
  }

  push(message: T): T | undefined {
    this.#add(message);
    return this.#size > this.#capacity ? this.#takeFrom(this.#bySize.first) : undefined;
  }

  shift(): T | undefined {
    return this.#takeFrom(this.#oldest && this.#rooms.get(this.#oldest.message.roomId));
  }

  /** Takes as long as its room has older messages. */
  remove(message: T): void {
    const room = this.#rooms.get(message.roomId);
    let before: Link<T> | undefined;
    let link = room?.oldest;
    while (link && link.message !== message) {
      before = link;
      link = link.nextInRoom;
    }
    if (!room || !link) return;
    if (!before) {
      this.#takeFrom(room);
      return;
    }
    before.nextInRoom = link.nextInRoom;
    if (room.newest === link) room.newest = before;
    room.size -= 1;
    this.#bySize.moved(room);
    this.#unlink(link);
  }

  *[Symbol.iterator](): Generator<T> {
    for (let link = this.#oldest; link; link = link.newer) yield link.message;
  }

  #add(message: T): void {
    const older = this.#newest;
    const link: Link<T> = { message, turn: this.#turns, older, newer: undefined, nextInRoom: undefined };
    this.#turns += 1;
    this.#size += 1;
    this.#newest = link;
    if (older) older.newer = link;
    else this.#oldest = link;

    const room = this.#rooms.get(message.roomId);
    if (!room) {
      const opened = { oldest: link, newest: link, size: 1, place: 0 };
      this.#rooms.set(message.roomId, opened);
      this.#bySize.add(opened);
      return;
    }
    room.newest.nextInRoom = link;
    room.newest = link;
    room.size += 1;
    this.#bySize.moved(room);
  }

  /** Removes the oldest message of a room. */
  #takeFrom(room: Room<T> | undefined): T | undefined {
    if (!room) return undefined;
    const { message, nextInRoom } = room.oldest;
    this.#unlink(room.oldest);
    if (nextInRoom) {
      room.oldest = nextInRoom;
      room.size -= 1;
      this.#bySize.moved(room);
    } else {
      this.#rooms.delete(message.roomId);
      this.#bySize.remove(room);
    }
    return message;
  }

  #unlink({ older, newer }: Link<T>): void {
    this.#size -= 1;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
  }
}
