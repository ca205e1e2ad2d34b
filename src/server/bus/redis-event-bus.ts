import type { Logger } from '../logger.ts';
import { type RedisLink, reply } from '../redis.ts';
import type { EventBus, Listener, Notice } from './event-bus.ts';
import { createOwed } from './owed.ts';

export interface RedisEventBus extends EventBus {
  /**
   * Whether all that was published up to a moment ago, less than a second, has been heard. While that is in doubt,
   * what others may have changed must be looked up.
   */
  readonly isUpToDate: boolean;
  /** Called when something may have been missed, and before the listeners are signalled because of it. */
  onMissed(listener: () => Promise<void>): void;
  close(): void;
}

interface Topic {
  listeners: Set<Listener>;
  subscribed: Promise<unknown>;
}

/** How often the bus hears itself, and for how long that holds. */
const pulseMs = 200;
const upToDateMs = 900;
const retryMs = 500;

/**
 * By publish/subscribe. What is published while a server's connection is lost never reaches it: when the connection is
 * back, all listeners there are signalled once. What could not be published is owed, and published as soon as it can be.
 */
export async function openRedisEventBus(
  { commands, subscriber, prefix }: RedisLink,
  log: Logger,
  now: () => number = () => performance.now(),
): Promise<RedisEventBus> {
  const topics = new Map<string, Topic>();
  const missedListeners: (() => Promise<void>)[] = [];
  const topicPrefix = `${prefix}topic:`;
  /** Heard by every server: something was owed for so long that nobody knows any more what. */
  const everything = `${prefix}everything`;
  const pulse = `${prefix}pulse:${process.pid}:${Math.random()}`;
  let heardAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let recovery = 0;

  const owed = createOwed({
    publish: (topic, text) => reply(commands.publish(topicPrefix + topic, text)),
    publishEverything: () => reply(commands.publish(everything, '')),
  });

  function tell(topic: string, notice: Notice | undefined): void {
    for (const listener of topics.get(topic)?.listeners ?? []) {
      try {
        listener(notice);
      } catch (err) {
        log.error({ err, topic }, 'a listener failed');
      }
    }
  }

  subscriber.on('message', (channel: string, text: string) => {
    if (channel === pulse) heardAt = Number(text);
    else if (channel === everything) void catchUp();
    else if (channel.startsWith(topicPrefix))
      tell(channel.slice(topicPrefix.length), text === '' ? undefined : (JSON.parse(text) as Notice)); // safe: as published below
  });

  async function resubscribe(): Promise<void> {
    const channels = [pulse, everything, ...[...topics.keys()].map((topic) => topicPrefix + topic)];
    for (let start = 0; start < channels.length; start += 1000)
      await subscriber.subscribe(...channels.slice(start, start + 1000));
  }

  /** Until it has come to an end, `isUpToDate` says no. */
  async function catchUp(): Promise<void> {
    recovery += 1;
    const own = recovery;
    heardAt = Number.NEGATIVE_INFINITY;
    while (own === recovery && !isClosed) {
      try {
        await resubscribe();
        for (const listener of missedListeners) await listener();
        if (own !== recovery) return;
        recovery = 0;
        for (const topic of topics.keys()) tell(topic, undefined);
        return;
      } catch (err) {
        log.warn({ err }, 'catching up failed, and is tried again');
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
  }

  await reply(resubscribe());
  subscriber.on('close', () => {
    heardAt = Number.NEGATIVE_INFINITY;
  });
  subscriber.on('ready', () => void catchUp());
  commands.on('ready', () => void owed.settle());

  const beat = () => {
    commands.publish(pulse, String(now())).then(
      () => owed.settle(),
      () => {}, // then nothing is heard either
    );
  };
  const timer = setInterval(beat, pulseMs).unref();
  beat();

  return {
    async publish(topic, notice) {
      const text = notice === undefined ? '' : JSON.stringify(notice);
      try {
        await reply(commands.publish(topicPrefix + topic, text));
      } catch (error) {
        owed.add(topic, text);
        throw error;
      }
    },

    async subscribe(topic, listener) {
      const own: Listener = (notice) => listener(notice); // the same listener may subscribe twice
      let entry = topics.get(topic);
      if (!entry) {
        entry = { listeners: new Set(), subscribed: subscriber.subscribe(topicPrefix + topic) };
        topics.set(topic, entry);
      }
      const { listeners, subscribed } = entry;
      listeners.add(own);
      const stop = () => {
        listeners.delete(own);
        if (listeners.size > 0 || topics.get(topic)?.listeners !== listeners) return;
        topics.delete(topic);
        subscriber.unsubscribe(topicPrefix + topic).catch(() => {}); // with the connection it ends in any case
      };
      try {
        await reply(subscribed);
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
    },

    get isUpToDate() {
      return recovery === 0 && now() - heardAt < upToDateMs;
    },

    onMissed(listener) {
      missedListeners.push(listener);
    },

    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}
