import type { Logger } from '../../core/logger.ts';
import { type Redis, reply } from '../redis/redis.ts';
import type { EphemeralEvent, Listener } from './event-bus.ts';

interface Topic {
  listeners: Set<Listener>;
  subscribed: Promise<unknown>;
}

/** A SUBSCRIBE command with more channels would block Redis for too long. */
const channelsPerCommand = 1000;

/** The topics that this process is subscribed to, each a channel of Redis that its listeners share. */
export function createRedisTopics(subscriber: Redis, prefix: string, log: Logger) {
  const topics = new Map<string, Topic>();

  function notify(topic: string, event: EphemeralEvent | undefined): void {
    for (const listener of topics.get(topic)?.listeners ?? []) {
      try {
        listener(event);
      } catch (err) {
        log.error({ err, topic }, 'event listener failed');
      }
    }
  }

  subscriber.on('message', (channel: string, text: string) => {
    if (!channel.startsWith(prefix)) return;
    // safe: this is the format that the bus publishes
    const event = text === '' ? undefined : (JSON.parse(text) as EphemeralEvent);
    notify(channel.slice(prefix.length), event);
  });

  return {
    async subscribe(topic: string, listener: Listener): Promise<() => void> {
      const own: Listener = (event) => listener(event); // the same listener may subscribe twice
      let entry = topics.get(topic);
      if (!entry) {
        entry = { listeners: new Set(), subscribed: subscriber.subscribe(prefix + topic) };
        topics.set(topic, entry);
      }
      const { listeners, subscribed } = entry;
      listeners.add(own);
      const stop = () => {
        listeners.delete(own);
        if (listeners.size > 0 || topics.get(topic)?.listeners !== listeners) return;
        topics.delete(topic);
        subscriber.unsubscribe(prefix + topic).catch(() => {}); // a lost connection ends the subscription as well
      };
      try {
        await reply(subscribed);
      } catch (error) {
        stop();
        throw error;
      }
      return stop;
    },

    /** After a reconnection. */
    async resubscribe(otherChannels: string[]): Promise<void> {
      const channels = [...otherChannels, ...[...topics.keys()].map((topic) => prefix + topic)];
      for (let start = 0; start < channels.length; start += channelsPerCommand)
        await subscriber.subscribe(...channels.slice(start, start + channelsPerCommand));
    },

    /** Signals every topic, because any of them may have missed events. */
    notifyAll(): void {
      for (const topic of topics.keys()) notify(topic, undefined);
    },
  };
}
