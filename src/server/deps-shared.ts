import { openRedisEventBus } from './bus/redis-event-bus.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { createRedisRateLimits } from './limits/redis-rate-limits.ts';
import { createRedisPresenceBoard } from './live/redis-presence-board.ts';
import type { Logger } from './logger.ts';
import { openRedis } from './redis.ts';
import { createRedisTickets } from './redis-tickets.ts';
import { createRedisRoomMessageStore } from './stores/redis-room-message-store.ts';

/**
 * How long a server goes by what it knows of access, if nobody tells it better. An end of access that was acknowledged
 * has been told; this is for those that were not, because the server that carried them out died over it.
 */
const accessTtlMs = 10_000;

/** What several servers share through Redis. Loaded only where there is one. */
export async function openShared(
  redis: NonNullable<Config['redis']>,
  { roomMessages }: Pick<Config, 'roomMessages'>,
  { clock, log }: { clock: Clock; log: Logger },
) {
  const link = await openRedis(redis, log);
  const bus = await openRedisEventBus(link, log).catch((error: unknown) => {
    link.close();
    throw error;
  });
  return {
    bus,
    /** For servers: it notes that they are there, and clears away after those that are not any more. */
    openBoard: () => createRedisPresenceBoard(link, log),
    roomMessages: createRedisRoomMessageStore(link, roomMessages, clock),
    limits: createRedisRateLimits(link),
    tickets: createRedisTickets(link),
    access: { ttlMs: accessTtlMs, isUpToDate: () => bus.isUpToDate },
    async check() {
      await link.commands.ping();
      if (!bus.isUpToDate) throw new Error('the bus is behind');
    },
    close() {
      bus.close();
      link.close();
    },
  };
}
