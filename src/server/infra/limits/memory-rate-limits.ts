import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { lruCache } from '../../core/lru-cache.ts';
import { MemoryLimiter } from './memory-limiter.ts';
import { RateLimiterRes } from './rate-limiter.ts';
import { type LimitName, type Limits, limits, type RateLimits, type ReachedLimit } from './rate-limits.ts';

/** Counts in the memory of this process. */
export function createMemoryRateLimits(configured: Limits = limits): RateLimits {
  const limiters = Object.fromEntries(
    Object.entries(configured).map(([name, { attempts, windowMs }]) => [
      name,
      new MemoryLimiter({ keyPrefix: name, points: attempts, duration: windowMs / 1000 }),
    ]),
  ) as Record<LimitName, MemoryLimiter>; // safe: it has the keys of `limits`
  // The limiters cannot be listed, so keys that have reached their limit are remembered here.
  const reached = lruCache<string, { name: LimitName; key: string }>(10_000);

  async function stateOf({ name, key }: { name: LimitName; key: string }): Promise<ReachedLimit[]> {
    const state = await limiters[name].get(key);
    const isReached = state !== null && state.consumedPoints >= configured[name].attempts;
    return isReached ? [{ name, key, retryAfterMs: state.msBeforeNext }] : [];
  }

  return {
    count: (name, key, windowMs) =>
      countWith(limiters[name], key, {
        windowMs,
        onReached: () => reached.set(`${name} ${key}`, { name, key }),
      }),

    async refund(name, key) {
      await limiters[name].reward(key);
    },

    async reset(name, key) {
      reached.delete(`${name} ${key}`);
      await limiters[name].delete(key);
    },

    reached: async () => (await Promise.all([...reached.values()].map(stateOf))).flat(),
  };
}

/**
 * Implements `RateLimits.count` with a limiter that throws when it refuses. `onReached` is called when this attempt was
 * the last one allowed, or is refused.
 */
export async function countWith(
  limiter: RateLimiterAbstract,
  key: string,
  { windowMs, onReached = () => {} }: { windowMs?: number | undefined; onReached?: () => unknown } = {},
): Promise<number> {
  try {
    const window = windowMs === undefined ? undefined : { customDuration: windowMs / 1000 };
    const { remainingPoints } = await limiter.consume(key, 1, window);
    if (remainingPoints === 0) onReached();
    return 0;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    onReached();
    return Math.max(1, refusal.msBeforeNext);
  }
}
