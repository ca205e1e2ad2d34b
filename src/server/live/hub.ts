import type { EventBus } from '../bus/event-bus.ts';
import { isUnavailable } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { Follower, type Source } from './follower.ts';
import { type DropReason, Subscription, type SubscriptionFacts } from './subscription.ts';

export interface HubLimits {
  perConnection: number;
  perUser: number;
}

export interface Hub {
  /**
   * A subscriber of a topic; it counts from now on and is served once its transport attaches a sink. Throws
   * 'TOO_MANY_SUBSCRIPTIONS'. It ends with `signal`.
   */
  open(topic: string, source: Source, facts: SubscriptionFacts, options: OpenOptions): Promise<Subscription>;
  /** Ends the subscriptions that match, and tells their owners why. */
  endWhere(matches: (facts: SubscriptionFacts) => boolean, error: AppError): void;
  sessionIds(): Set<number>;
  /** Who shows which room. */
  roomsShown(): { roomId: number; username: string }[];
  /** Subscriptions there are now, in all. */
  readonly size: number;
  /** Subscribers let go so far because they did not keep up. */
  readonly drops: number;
  /** The same by what they did not keep up with, and events sent so far, once for each subscriber. */
  readonly counts: Readonly<LiveCounts>;
  /** Called after a subscription to a topic was opened or has ended. */
  onChange(listener: (topic: string, facts: SubscriptionFacts, change: 'opened' | 'ended') => void): void;
}

export interface LiveCounts {
  deliveries: number;
  drops: Record<DropReason, number>;
}

interface OpenOptions {
  after: string | undefined;
  signal: AbortSignal | undefined;
}

interface Topic {
  follower: Follower;
  listening: Promise<() => void>;
}

/** Somebody has to unsubscribe first, of which nobody knows when. */
const fullRetryMs = 10_000;

/** One follower for each topic that has subscribers in this process. */
export function createHub(
  bus: EventBus,
  log: Logger,
  limits: HubLimits = { perConnection: 200, perUser: 1000 },
): Hub {
  const topics = new Map<string, Topic>();
  const ofUser = new Map<string, number>();
  const ofConnection = new WeakMap<object, number>();
  const listeners: Parameters<Hub['onChange']>[0][] = [];
  let size = 0;
  const counts: LiveCounts = { deliveries: 0, drops: { backlog: 0, history: 0 } };
  const onSend = (events: number) => {
    counts.deliveries += events;
  };

  function topicNamed(name: string, source: Source): Topic {
    const known = topics.get(name);
    if (known) return known;
    const onError = (err: unknown) => {
      // That a service is away is in the log already, and there may be thousands of topics.
      const level = isUnavailable(err) ? 'debug' : 'error';
      log[level]({ err, topic: name }, 'reading a topic failed');
    };
    const follower = new Follower(source, { onError, onSend });
    const topic = { follower, listening: bus.subscribe(name, (notice) => follower.signal(notice)) };
    topics.set(name, topic);
    return topic;
  }

  function leave(name: string): void {
    const topic = topics.get(name);
    if (!topic || topic.follower.size > 0) return;
    topics.delete(name);
    topic.listening.then(
      (stop) => stop(),
      () => {}, // it never listened
    );
  }

  function count({ username, connection }: SubscriptionFacts, change: 1 | -1): void {
    size += change;
    const left = (ofUser.get(username) ?? 0) + change;
    if (left > 0) ofUser.set(username, left);
    else ofUser.delete(username);
    if (connection) ofConnection.set(connection, (ofConnection.get(connection) ?? 0) + change);
  }

  function requireRoomFor({ username, connection }: SubscriptionFacts): void {
    const ofThisConnection = connection ? (ofConnection.get(connection) ?? 0) : 0;
    if (ofThisConnection >= limits.perConnection || (ofUser.get(username) ?? 0) >= limits.perUser)
      throw new AppError('TOO_MANY_SUBSCRIPTIONS', { retryAfterMs: fullRetryMs });
  }

  return {
    async open(name, source, facts, { after, signal }) {
      requireRoomFor(facts);
      const topic = topicNamed(name, source);
      const { follower } = topic;
      let announced = false;
      const subscription = new Subscription(facts, after, {
        onSend,
        onDrop(reason) {
          counts.drops[reason] += 1;
          log.warn(
            { topic: name, reason, drops: dropsOf(counts) },
            'a subscriber did not keep up and was let go',
          );
        },
        onAttach: () => void follower.start(subscription),
        onEnd() {
          signal?.removeEventListener('abort', stop);
          follower.remove(subscription);
          count(facts, -1);
          leave(name);
          if (announced) for (const listener of listeners) listener(name, facts, 'ended');
        },
      });
      const stop = () => subscription.end();
      follower.add(subscription);
      count(facts, 1);
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted) stop();
      try {
        // Before the first read of history: what is stored after it is then signalled.
        await topic.listening;
      } catch (error) {
        subscription.end();
        throw error;
      }
      if (!subscription.ended) {
        announced = true;
        for (const listener of listeners) listener(name, facts, 'opened');
      }
      return subscription;
    },

    endWhere(matches, error) {
      for (const { follower } of topics.values())
        for (const subscription of [...follower.subscriptions()])
          if (matches(subscription.facts)) subscription.end(error);
    },

    sessionIds() {
      const ids = new Set<number>();
      for (const { follower } of topics.values())
        for (const { facts } of follower.subscriptions()) ids.add(facts.sessionId);
      return ids;
    },

    roomsShown() {
      const shown = new Map<string, { roomId: number; username: string }>();
      for (const { follower } of topics.values())
        for (const { facts } of follower.subscriptions()) {
          const { roomId, username } = facts;
          if (roomId !== undefined) shown.set(`${roomId} ${username}`, { roomId, username });
        }
      return [...shown.values()];
    },

    get size() {
      return size;
    },

    get drops() {
      return dropsOf(counts);
    },

    counts,

    onChange(listener) {
      listeners.push(listener);
    },
  };
}

const dropsOf = ({ drops }: LiveCounts) => drops.backlog + drops.history;
