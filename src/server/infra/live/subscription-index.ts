import { AppError } from '../../core/errors.ts';
import { addTo, removeFrom } from '../../core/map-of-sets.ts';
import type { Subscription, SubscriptionFacts } from './subscription.ts';

export interface HubLimits {
  perConnection: number;
  perUser: number;
}

export interface RoomUser {
  roomId: number;
  username: string;
}

/** Selects open subscriptions: those of sessions, of a room, or of one user in a room. */
export type Selection = { sessionIds: Iterable<number> } | { roomId: number } | RoomUser;

/** A retry can succeed once another subscription has ended; when that will be is unknown. */
const fullRetryMs = 10_000;

/** Users whose presence one user may watch in all subscriptions together, because each of them is kept in memory. */
const maxWatched = 10_000;

/** The open subscriptions by session, room and user, so that none of the hub's questions is answered by a scan of all. */
export class SubscriptionIndex {
  readonly #limits: HubLimits;
  readonly #bySession = new Map<number, Set<Subscription>>();
  readonly #byRoom = new Map<number, Map<string, Set<Subscription>>>();
  readonly #ofUser = new Map<string, number>();
  readonly #watchedBy = new Map<string, number>();
  readonly #ofConnection = new WeakMap<object, number>();
  #size = 0;

  constructor(limits: HubLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Throws 'TOO_MANY_SUBSCRIPTIONS' when the connection or the user has as many as allowed, or watches as many users. */
  requireRoomFor({ username, connection, watched }: SubscriptionFacts): void {
    const ofConnection = connection ? (this.#ofConnection.get(connection) ?? 0) : 0;
    if (
      ofConnection >= this.#limits.perConnection ||
      (this.#ofUser.get(username) ?? 0) >= this.#limits.perUser ||
      (watched && (this.#watchedBy.get(username) ?? 0) + watched.length > maxWatched)
    )
      throw new AppError('TOO_MANY_SUBSCRIPTIONS', { retryAfterMs: fullRetryMs });
  }

  add(subscription: Subscription): void {
    const { sessionId, roomId, username } = subscription.facts;
    addTo(this.#bySession, sessionId, subscription);
    if (roomId !== undefined) {
      const users = this.#byRoom.get(roomId) ?? new Map<string, Set<Subscription>>();
      this.#byRoom.set(roomId, users);
      addTo(users, username, subscription);
    }
    this.#count(subscription.facts, 1);
  }

  remove(subscription: Subscription): void {
    const { sessionId, roomId, username } = subscription.facts;
    removeFrom(this.#bySession, sessionId, subscription);
    const users = roomId === undefined ? undefined : this.#byRoom.get(roomId);
    if (roomId !== undefined && users) {
      removeFrom(users, username, subscription);
      if (users.size === 0) this.#byRoom.delete(roomId);
    }
    this.#count(subscription.facts, -1);
  }

  select(selection: Selection): Subscription[] {
    if ('sessionIds' in selection)
      return [...selection.sessionIds].flatMap((id) => [...(this.#bySession.get(id) ?? [])]);
    const users = this.#byRoom.get(selection.roomId);
    if (!users) return [];
    if ('username' in selection) return [...(users.get(selection.username) ?? [])];
    return [...users.values()].flatMap((subscriptions) => [...subscriptions]);
  }

  sessionIds(): number[] {
    return [...this.#bySession.keys()];
  }

  *roomUsers(): Generator<RoomUser> {
    for (const [roomId, users] of this.#byRoom)
      for (const username of users.keys()) yield { roomId, username };
  }

  #count({ username, connection, watched }: SubscriptionFacts, change: 1 | -1): void {
    this.#size += change;
    countIn(this.#ofUser, username, change);
    if (watched) countIn(this.#watchedBy, username, change * watched.length);
    if (connection) this.#ofConnection.set(connection, (this.#ofConnection.get(connection) ?? 0) + change);
  }
}

function countIn(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
