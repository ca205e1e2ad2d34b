import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type LimitName, limits, type RateLimits } from './rate-limits.ts';

/** Counts in this process, and starts anew with it. */
export function createMemoryRateLimits(): RateLimits {
  const limiters = Object.fromEntries(
    Object.entries(limits).map(([name, { attempts, windowMs }]) => [
      name,
      new RateLimiterMemory({ keyPrefix: name, points: attempts, duration: windowMs / 1000 }),
    ]),
  ) as Record<LimitName, RateLimiterMemory>; // safe: it has the keys of `limits`

  return {
    async count(name, key) {
      try {
        await limiters[name].consume(key);
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
        throw refusal;
      }
    },

    async takeBack(name, key) {
      await limiters[name].reward(key);
    },

    async forget(name, key) {
      await limiters[name].delete(key);
    },
  };
}
