import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
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
    count: (name, key) => countWith(limiters[name], key),

    async takeBack(name, key) {
      await limiters[name].reward(key);
    },

    async forget(name, key) {
      await limiters[name].delete(key);
    },
  };
}

/** As `RateLimits.count`, with a limiter that refuses by throwing. */
export async function countWith(limiter: RateLimiterAbstract, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
    throw refusal;
  }
}
