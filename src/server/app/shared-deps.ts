import type { Clock } from '../core/clock.ts';
import type { Config } from '../core/config.ts';
import type { Logger } from '../core/logger.ts';
import { channelOf, openRedisEventBus } from '../infra/bus/redis-event-bus.ts';
import type { Db } from '../infra/db/database.ts';
import { limitsOf } from '../infra/limits/rate-limits.ts';
import { createRedisRateLimits } from '../infra/limits/redis-rate-limits.ts';
import { createRedisPresenceBoard } from '../infra/live/redis-presence-board.ts';
import { openRedis, type RedisLink } from '../infra/redis/redis.ts';
import type { KeptAnswers } from '../infra/stores/kept-answers.ts';
import { createRedisKeptAnswers } from '../infra/stores/redis-kept-answers.ts';
import { createRedisRoomMessageStore } from '../infra/stores/redis-room-message-store.ts';
import { createRedisTickets } from '../infra/stores/redis-tickets.ts';
import { createRoomIdentities } from '../infra/stores/room-identities.ts';
import { roomTopics } from '../services/rooms/message-events.ts';

/**
 * How long cached access decisions are trusted without an invalidation. Acknowledged revocations have been published; this
 * bounds the staleness of those whose server died before it could publish them.
 */
const accessTtlMs = 10_000;

export { openRedis };

/** State that several servers share through Redis, whose connection is closed with it. Imported only when Redis is configured. */
export async function openShared(
  link: RedisLink,
  { roomMessages, maxPerUser }: Pick<Config, 'roomMessages' | 'maxPerUser'>,
  { clock, log, db }: { clock: Clock; log: Logger; db: Db },
) {
  const bus = await openRedisEventBus(link, log).catch((error: unknown) => {
    link.close();
    throw error;
  });
  return {
    bus,
    /** For servers, not CLI commands: registers this server, and cleans up after servers that have died. */
    openBoard: () => createRedisPresenceBoard(link, log),
    roomMessages: createRedisRoomMessageStore(link, {
      limits: roomMessages,
      clock,
      identities: createRoomIdentities(db),
      channels: channelOf(link.prefix, roomTopics),
    }),
    limits: createRedisRateLimits(link, limitsOf({ maxPerUser })),
    tickets: createRedisTickets(link),
    keptAnswers: (own: KeptAnswers) => createRedisKeptAnswers(link, own),
    access: { ttlMs: accessTtlMs, isUpToDate: () => bus.isUpToDate },
    async check() {
      await link.commands.ping();
      if (!bus.isUpToDate) throw new Error('the event bus has not caught up');
    },
    async close() {
      await bus.close();
      link.close();
    },
  };
}
