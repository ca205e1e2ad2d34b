import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisLink } from '../redis/redis.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { countWith } from './memory-rate-limits.ts';
import { type LimitName, type Limits, limits, type RateLimits, type ReachedLimit } from './rate-limits.ts';

/**
 * Counts over all servers. While Redis is unavailable each server counts on its own, so the effective limit is multiplied
 * by the number of servers; the alternative would be to refuse everyone.
 */
export function createRedisRateLimits(
  { commands, prefix }: Pick<RedisLink, 'commands' | 'prefix'>,
  configured: Limits = limits,
): RateLimits {
  const limiters = Object.fromEntries(
    Object.entries(configured).map(([name, { attempts, windowMs }]) => {
      const options = { keyPrefix: `${prefix}limit:${name}`, points: attempts, duration: windowMs / 1000 };
      const insuranceLimiter = new MemoryLimiter(options);
      const limiter = new RateLimiterRedis({
        ...options,
        storeClient: commands,
        rejectIfRedisNotReady: true,
        insuranceLimiter,
      });
      return [name, limiter];
    }),
  ) as Record<LimitName, RateLimiterRedis>; // safe: it has the keys of `limits`
  const keyPrefix = `${prefix}limit:`;

  async function stateOf(redisKey: string): Promise<ReachedLimit[]> {
    const [, limit = '', key = ''] = /^(\w+):(.*)$/s.exec(redisKey.slice(keyPrefix.length)) ?? [];
    if (!Object.hasOwn(configured, limit)) return [];
    const name = limit as LimitName; // safe: it is one of them
    const [count, retryAfterMs] = await Promise.all([commands.get(redisKey), commands.pttl(redisKey)]);
    const isReached = Number(count) >= configured[name].attempts && retryAfterMs > 0;
    return isReached ? [{ name, key, retryAfterMs }] : [];
  }

  return {
    count: (name, key, windowMs) => countWith(limiters[name], key, { windowMs }),

    async refund(name, key) {
      await limiters[name].reward(key);
    },

    async reset(name, key) {
      await limiters[name].delete(key);
    },

    async reached() {
      const reached: ReachedLimit[] = [];
      for (let cursor: string | undefined; cursor !== '0'; ) {
        const [next, keys] = await commands.scan(cursor ?? '0', 'MATCH', `${keyPrefix}*`, 'COUNT', 500);
        for (const states of await Promise.all(keys.map(stateOf))) reached.push(...states);
        cursor = next;
      }
      return reached;
    },
  };
}
