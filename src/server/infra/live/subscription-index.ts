import { AppError } from '../../core/errors.ts';
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

/** The open subscriptions by session, room and user, so that none of the hub's questions is answered by a scan of all. */
export class SubscriptionIndex {
  readonly #limits: HubLimits;
  readonly #bySession = new Map<number, Set<Subscription>>();
  readonly #byRoom = new Map<number, Map<string, Set<Subscription>>>();
  readonly #ofUser = new Map<string, number>();
  readonly #ofConnection = new WeakMap<object, number>();
  #size = 0;

  constructor(limits: HubLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Throws 'TOO_MANY_SUBSCRIPTIONS' when the connection or the user has as many as allowed. */
  requireRoomFor({ username, connection }: SubscriptionFacts): void {
    const ofConnection = connection ? (this.#ofConnection.get(connection) ?? 0) : 0;
    if (
      ofConnection >= this.#limits.perConnection ||
      (this.#ofUser.get(username) ?? 0) >= this.#limits.perUser
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

  #count({ username, connection }: SubscriptionFacts, change: 1 | -1): void {
    this.#size += change;
    const ofUser = (this.#ofUser.get(username) ?? 0) + change;
    if (ofUser > 0) this.#ofUser.set(username, ofUser);
    else this.#ofUser.delete(username);
    if (connection) this.#ofConnection.set(connection, (this.#ofConnection.get(connection) ?? 0) + change);
  }
}

function addTo<Key, Item>(index: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const items = index.get(key);
  if (items) items.add(item);
  else index.set(key, new Set([item]));
}

function removeFrom<Key, Item>(index: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const items = index.get(key);
  if (items?.delete(item) && items.size === 0) index.delete(key);
}
