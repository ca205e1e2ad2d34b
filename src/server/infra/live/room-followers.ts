import { firstIndex } from '../../core/first-index.ts';

/** How far somebody has read in a room: the two parts of a message's id. */
export interface RoomMark {
  ms: number;
  seq: number;
}

/** One user's rooms in ascending order, packed: a user may have a thousand, and there may be thousands of users. */
class FollowedRooms {
  ids = new Int32Array(0);
  #ms = new Float64Array(0);
  #seq = new Float64Array(0);
  subscriptions = 0;
  /** Changes with every change of the rooms, so that a slower look at the database is not taken for a newer one. */
  version = 0;

  /** Where the room is, or belongs. */
  #placeOf(roomId: number): number {
    return firstIndex(this.ids.length, (index) => (this.ids[index] as number) >= roomId); // safe: within the bounds
  }

  get(roomId: number): RoomMark | undefined {
    const at = this.#placeOf(roomId);
    if (this.ids[at] !== roomId) return undefined;
    return { ms: this.#ms[at] as number, seq: this.#seq[at] as number }; // safe: as many as ids
  }

  set(roomId: number, { ms, seq }: RoomMark): void {
    const at = this.#placeOf(roomId);
    if (this.ids[at] !== roomId) this.#resize(at, at, 1);
    this.ids[at] = roomId;
    this.#ms[at] = ms;
    this.#seq[at] = seq;
    this.version += 1;
  }

  delete(roomId: number): boolean {
    const at = this.#placeOf(roomId);
    if (this.ids[at] !== roomId) return false;
    this.#resize(at, at + 1, -1);
    this.version += 1;
    return true;
  }

  replace(rooms: Map<number, RoomMark>): void {
    this.ids = Int32Array.from(rooms.keys()).sort();
    this.#ms = Float64Array.from(this.ids, (id) => rooms.get(id)?.ms ?? 0);
    this.#seq = Float64Array.from(this.ids, (id) => rooms.get(id)?.seq ?? 0);
  }

  /** Leaves what is before `head` in place, and moves what begins at `tail` by `by`. */
  #resize(head: number, tail: number, by: number): void {
    const moved = <Column extends Int32Array | Float64Array>(column: Column, next: Column): Column => {
      next.set(column.subarray(0, head));
      next.set(column.subarray(tail), tail + by);
      return next;
    };
    const length = this.ids.length + by;
    this.ids = moved(this.ids, new Int32Array(length));
    this.#ms = moved(this.#ms, new Float64Array(length));
    this.#seq = moved(this.#seq, new Float64Array(length));
  }
}

/** Who in this process follows which rooms, and how far they have read. */
export class RoomFollowers {
  readonly #users = new Map<string, FollowedRooms>();
  /** Plain arrays, which need a third of the memory of sets; a single follower has none. */
  readonly #byRoom = new Map<number, string | string[]>();

  get usernames(): Iterable<string> {
    return this.#users.keys();
  }

  /** Counts a subscription of the user. The user's rooms go with the last one. */
  count(username: string, change: 1 | -1): void {
    const user = this.#users.get(username) ?? new FollowedRooms();
    user.subscriptions += change;
    if (user.subscriptions > 0) return void this.#users.set(username, user);
    for (const roomId of user.ids) this.#unlink(roomId, username);
    this.#users.delete(username);
  }

  of(roomId: number): string[] {
    const followers = this.#byRoom.get(roomId) ?? [];
    return typeof followers === 'string' ? [followers] : [...followers];
  }

  has = (roomId: number): boolean => this.#byRoom.has(roomId);

  version = (username: string): number => this.#users.get(username)?.version ?? 0;

  mark = (username: string, roomId: number): RoomMark | undefined => this.#users.get(username)?.get(roomId);

  set(username: string, roomId: number, mark: RoomMark): void {
    const user = this.#users.get(username);
    if (!user) return;
    if (!user.get(roomId)) this.#link(roomId, username);
    user.set(roomId, mark);
  }

  /** Returns whether the user followed the room. */
  delete(username: string, roomId: number): boolean {
    const isFollowed = this.#users.get(username)?.delete(roomId) ?? false;
    if (isFollowed) this.#unlink(roomId, username);
    return isFollowed;
  }

  replace(username: string, rooms: Map<number, RoomMark>): void {
    const user = this.#users.get(username);
    if (!user) return;
    for (const roomId of user.ids) if (!rooms.has(roomId)) this.#unlink(roomId, username);
    for (const roomId of rooms.keys()) if (!user.get(roomId)) this.#link(roomId, username);
    user.replace(rooms);
  }

  #link(roomId: number, username: string): void {
    const followers = this.#byRoom.get(roomId);
    if (followers === undefined) this.#byRoom.set(roomId, username);
    else if (typeof followers === 'string') this.#byRoom.set(roomId, [followers, username]);
    else followers.push(username);
  }

  #unlink(roomId: number, username: string): void {
    const followers = this.#byRoom.get(roomId);
    if (followers === username) this.#byRoom.delete(roomId);
    if (followers === undefined || typeof followers === 'string') return;
    const at = followers.indexOf(username);
    if (at < 0) return;
    const last = followers.pop();
    if (last !== undefined && at < followers.length) followers[at] = last; // the order does not matter
    if (followers.length === 0) this.#byRoom.delete(roomId);
  }
}
