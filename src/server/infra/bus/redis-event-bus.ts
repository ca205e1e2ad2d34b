import type { Logger } from '../../core/logger.ts';
import { type RedisLink, reply } from '../redis/redis.ts';
import type { EventBus } from './event-bus.ts';
import { createPublishRetryQueue } from './publish-retry-queue.ts';
import { createRedisPublisher } from './redis-publisher.ts';
import { createRecovery } from './redis-recovery.ts';
import { createRedisTopics } from './redis-topics.ts';

export interface RedisEventBus extends EventBus {
  /**
   * Whether everything published until less than a second ago has been received. While it is false, changes by other
   * servers may be unknown and must be looked up.
   */
  readonly isUpToDate: boolean;
  /** Called when events may have been missed, before the topic listeners are signalled because of it. */
  onMissed(listener: () => Promise<void>): void;
  /** Resolves once what was published so far is out. */
  close(): Promise<void>;
}

/** In which channel a topic is published, of which the given one may be the beginning. */
export const channelOf = (prefix: string, topic: string) => `${prefix}topic:${topic}`;

/** The interval at which the bus publishes a heartbeat to itself. */
const heartbeatMs = 200;

/**
 * Events over Redis publish/subscribe. Events published while this server is disconnected never reach it, so all
 * listeners are signalled once after a reconnection. Failed publications are retried.
 */
export async function openRedisEventBus(
  { commands, subscriber, prefix }: RedisLink,
  log: Logger,
  now: () => number = () => performance.now(),
): Promise<RedisEventBus> {
  const topicPrefix = channelOf(prefix, '');
  const heartbeat = `${prefix}pulse:${process.pid}:${Math.random()}`;
  /** Received by every server: signals were dropped, so any topic may have changed. */
  const everything = `${prefix}everything`;
  const topics = createRedisTopics(subscriber, topicPrefix, log);
  const resubscribe = () => topics.resubscribe([heartbeat, everything]);
  const recovery = createRecovery({ resubscribe, notifyAll: topics.notifyAll }, log, now);
  const publisher = createRedisPublisher(commands);
  const retryQueue = createPublishRetryQueue({
    publish: (topic, text) => reply(commands.publish(topicPrefix + topic, text)),
    publishEverything: () => reply(commands.publish(everything, '')),
  });

  await reply(resubscribe());
  subscriber.on('message', (channel: string, text: string) => {
    if (channel === heartbeat) recovery.heard(Number(text));
    else if (channel === everything) void recovery.start();
  });
  subscriber.on('close', recovery.disconnected);
  subscriber.on('ready', () => void recovery.start());
  commands.on('ready', () => void retryQueue.settle());

  const beat = () => {
    commands.publish(heartbeat, String(now())).then(
      () => retryQueue.settle(),
      () => {}, // the missing heartbeat shows that the bus is not up to date
    );
  };
  const timer = setInterval(beat, heartbeatMs).unref();
  beat();

  return {
    async publish(topic, event) {
      const text = event === undefined ? '' : JSON.stringify(event);
      try {
        await publisher.publish(topicPrefix + topic, text);
      } catch (error) {
        retryQueue.add(topic, text);
        throw error;
      }
    },

    subscribe: topics.subscribe,

    get isUpToDate() {
      return recovery.isUpToDate();
    },

    onMissed: recovery.onMissed,

    async close() {
      await publisher.flushed();
      recovery.close();
      clearInterval(timer);
    },
  };
}
