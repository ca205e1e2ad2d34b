import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisLink } from '../redis.ts';
import { countWith } from './memory-rate-limits.ts';
import { type LimitName, limits, type RateLimits } from './rate-limits.ts';

/**
 * Counts over all servers. While Redis is away each server counts by itself, with the whole limit for each: passwords
 * are then guessed as many times as often as there are servers, which is better than nobody being let in.
 */
export function createRedisRateLimits({
  commands,
  prefix,
}: Pick<RedisLink, 'commands' | 'prefix'>): RateLimits {
  const limiters = Object.fromEntries(
    Object.entries(limits).map(([name, { attempts, windowMs }]) => {
      const options = { keyPrefix: `${prefix}limit:${name}`, points: attempts, duration: windowMs / 1000 };
      const insuranceLimiter = new RateLimiterMemory(options);
      const limiter = new RateLimiterRedis({
        ...options,
        storeClient: commands,
        rejectIfRedisNotReady: true,
        insuranceLimiter,
      });
      return [name, limiter];
    }),
  ) as Record<LimitName, RateLimiterRedis>; // safe: it has the keys of `limits`

  return {
    count: (name, key) => countWith(limiters[name], key),

    async takeBack(name, key) {
      await limiters[name].reward(key);
    },

    async forget(name, key) {
      await limiters[name].delete(key);
    },
  };
}
