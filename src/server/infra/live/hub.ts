import type { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { forEachInSlices } from '../../core/slices.ts';
import type { EventBus } from '../bus/event-bus.ts';
import { ResumeCredits } from './resume-credits.ts';
import type { Sink } from './sink.ts';
import { type DropReason, Subscription, type SubscriptionFacts } from './subscription.ts';
import { type HubLimits, type RoomUser, type Selection, SubscriptionIndex } from './subscription-index.ts';
import type { Source } from './topic-reader.ts';
import { Topics } from './topics.ts';

export interface Hub {
  /**
   * Subscribes to a topic. The subscription counts from now on, receives events once its transport attaches a sink, and
   * ends with `signal`. Throws 'TOO_MANY_SUBSCRIPTIONS'.
   */
  open(topic: string, source: Source, facts: SubscriptionFacts, options: OpenOptions): Promise<Subscription>;
  /**
   * Ends the selected subscriptions with the reason. None of them gets an event after this returns; the promise resolves
   * when all of them have been told, which is done in slices.
   */
  end(selection: Selection, error: AppError): Promise<void>;
  /** Signals the subscribers of a topic in this process: something is new, or here is an ephemeral event. */
  signal(topic: string, event?: object): void;
  sessionIds(): number[];
  /** The users that have a subscription to a room, with each such room. */
  roomUsers(): Iterable<RoomUser>;
  /** Whether the user may reopen a subscription that ended with its connection. Uses up one credit. */
  takeResumeCredit(username: string): boolean;
  /** How many subscriptions are open. */
  readonly size: number;
  /** Subscribers disconnected so far for being too slow. */
  readonly drops: number;
  /** The same by reason, and events sent so far, once for each subscriber. */
  readonly counts: Readonly<LiveCounts>;
  /** Calls the listener after each subscription that was opened or has ended. */
  onChange(listener: (topic: string, facts: SubscriptionFacts, change: 'opened' | 'ended') => void): void;
}

export interface LiveCounts {
  deliveries: number;
  drops: Record<DropReason, number>;
}

interface OpenOptions {
  after: string | undefined;
  signal: AbortSignal | undefined;
  /** What stands between the topic and the sink, if subscribers of the topic do not all see the same. */
  view?: ((sink: Sink) => Sink) | undefined;
}

/** Telling a subscriber that it has ended takes some 50 µs. */
const endsPerSlice = 200;

export function createHub(
  bus: EventBus,
  log: Logger,
  limits: HubLimits = { perConnection: 200, perUser: 1000 },
): Hub {
  const index = new SubscriptionIndex(limits);
  const resumeCredits = new ResumeCredits(limits.perUser);
  const listeners: Parameters<Hub['onChange']>[0][] = [];
  const counts: LiveCounts = { deliveries: 0, drops: { backlog: 0, history: 0 } };
  const onSend = (events: number) => {
    counts.deliveries += events;
  };
  const topics = new Topics(bus, log, onSend);

  function createSubscription(name: string, source: Source, facts: SubscriptionFacts, options: OpenOptions) {
    const { reader, listening } = topics.open(name, source);
    const { after, signal, view } = options;
    let announced = false;
    const subscription = new Subscription(facts, after, {
      view,
      onSend,
      onDrop(reason) {
        counts.drops[reason] += 1;
        resumeCredits.add(facts.username);
        log.warn({ topic: name, reason, drops: dropsOf(counts) }, 'disconnected a slow subscriber');
      },
      onAttach: () => void reader.start(subscription),
      onLeave() {
        if (facts.connection && !facts.connection.isOpen) resumeCredits.add(facts.username);
      },
      onStop: () => reader.remove(subscription),
      onEnd() {
        signal?.removeEventListener('abort', stop);
        index.remove(subscription);
        topics.closeIfUnused(name);
        if (announced) for (const listener of listeners) listener(name, facts, 'ended');
      },
    });
    const stop = () => subscription.leave();
    reader.add(subscription);
    index.add(subscription);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    return {
      subscription,
      listening,
      announce() {
        announced = true;
        for (const listener of listeners) listener(name, facts, 'opened');
      },
    };
  }

  return {
    async open(name, source, facts, options) {
      index.requireRoomFor(facts);
      const { subscription, listening, announce } = createSubscription(name, source, facts, options);
      try {
        // Before history is first read: whatever is stored after that read is then signalled.
        await listening;
      } catch (error) {
        subscription.end();
        throw error;
      }
      if (!subscription.ended) announce();
      return subscription;
    },

    async end(selection, error) {
      const subscriptions = index.select(selection);
      for (const subscription of subscriptions) subscription.stop();
      await forEachInSlices(subscriptions, endsPerSlice, (subscription) => subscription.end(error));
    },

    signal: (topic, event) => topics.signal(topic, event),
    takeResumeCredit: (username) => resumeCredits.take(username),
    sessionIds: () => index.sessionIds(),
    roomUsers: () => index.roomUsers(),

    get size() {
      return index.size;
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
