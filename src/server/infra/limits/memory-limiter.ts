import { lruCache } from '../../core/lru-cache.ts';
import { RateLimiterMemory, RateLimiterRes } from './rate-limiter.ts';

/**
 * A RateLimiterMemory that measures its windows by a monotonic clock, as the system's time can be set. Holds 100,000 keys;
 * beyond that the least recently used one is evicted.
 */
export class MemoryLimiter extends RateLimiterMemory {
  readonly #counts = lruCache<string, number>(100_000, { ttlResolution: 0, noUpdateTTL: true });

  override async consume(
    key: string | number,
    points = 1,
    { customDuration = this.duration }: { customDuration?: number } = {},
  ): Promise<RateLimiterRes> {
    const state = this.#add(String(key), points, customDuration);
    if (state.consumedPoints > this.points) throw state;
    return state;
  }

  override penalty = async (key: string | number, points = 1) => this.#add(String(key), points);

  override reward = async (key: string | number, points = 1) => this.#add(String(key), -points);

  override async get(key: string | number): Promise<RateLimiterRes | null> {
    const consumed = this.#counts.get(String(key));
    return consumed === undefined ? null : this.#state(String(key), consumed);
  }

  override delete = async (key: string | number): Promise<boolean> => this.#counts.delete(String(key));

  #add(key: string, points: number, seconds = this.duration): RateLimiterRes {
    const consumed = (this.#counts.get(key) ?? 0) + points;
    this.#counts.set(key, consumed, { ttl: seconds * 1000 });
    return this.#state(key, consumed);
  }

  #state(key: string, consumed: number): RateLimiterRes {
    const msBeforeNext = Math.ceil(this.#counts.getRemainingTTL(key));
    return new RateLimiterRes(Math.max(this.points - consumed, 0), msBeforeNext, consumed);
  }
}
