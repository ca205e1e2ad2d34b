import { beforeEach, describe, expect, it } from 'vitest';
import { type LimitName, limits, type RateLimits } from '../../src/server/infra/limits/rate-limits.ts';
import { times } from '../support/limits.ts';

export interface OpenedRateLimits {
  rateLimits: RateLimits;
  /** For them it is then so many milliseconds later. */
  passTime(ms: number): void | Promise<void>;
}

const minute = 60_000;
const { attempts, windowMs } = limits.login;

/** What all rate limits promise. Waits are given a minute's play, as the time of a service cannot be made to stand still. */
export function describeRateLimits(
  name: string,
  open: () => OpenedRateLimits | Promise<OpenedRateLimits>,
): void {
  describe(`${name}: rate limits`, () => {
    let rateLimits: RateLimits;
    let passTime: OpenedRateLimits['passTime'];

    beforeEach(async () => {
      ({ rateLimits, passTime } = await open());
    });

    /** Counts so many at once; gives how many of them were within the limit. */
    async function countMany(count: number, limit: LimitName = 'login', key = 'alice'): Promise<number> {
      const waits = await Promise.all(times(count, () => rateLimits.count(limit, key)));
      return waits.filter((wait) => wait === 0).length;
    }

    async function expectWait(most: number): Promise<void> {
      const wait = await rateLimits.count('login', 'alice');
      expect(wait).toBeGreaterThan(most - minute);
      expect(wait).toBeLessThanOrEqual(most);
    }

    it('accepts attempts up to the limit, and tells the others how long to wait', async () => {
      expect(await countMany(attempts + 5)).toBe(attempts);
      await expectWait(windowMs);
    });

    it('applies the size of each limit', async () => {
      for (const limit of ['register', 'passwordsFromAddress'] as const)
        expect([limit, await countMany(200, limit)]).toEqual([limit, limits[limit].attempts]);
    });

    it('ends the window a fixed time after its first attempt, regardless of refusals', async () => {
      await countMany(attempts);
      await passTime(windowMs - 5 * minute);
      await expectWait(5 * minute);
      await passTime(3 * minute);
      await expectWait(2 * minute);
      await passTime(2 * minute);
      expect(await countMany(attempts + 1)).toBe(attempts);
      await expectWait(windowMs);
    });

    it('accepts an attempt after the announced delay', async () => {
      await countMany(attempts);
      await passTime(await rateLimits.count('login', 'alice'));
      expect(await rateLimits.count('login', 'alice')).toBe(0);
    });

    it('refunds one attempt', async () => {
      await countMany(attempts);
      await rateLimits.refund('login', 'alice');
      expect(await countMany(2)).toBe(1);
    });

    it('keeps the end of the window when an attempt is refunded', async () => {
      await countMany(attempts);
      await passTime(windowMs - 5 * minute);
      await rateLimits.refund('login', 'alice');
      expect(await countMany(1)).toBe(1);
      await expectWait(5 * minute);
    });

    it('lets the first attempt begin a window of another length', async () => {
      const slow = (ms: number) => rateLimits.count('slowMode', 'alice', ms);
      expect(await slow(10 * minute)).toBe(0);
      const wait = await slow(10 * minute);
      expect(wait).toBeGreaterThan(9 * minute);
      expect(wait).toBeLessThanOrEqual(10 * minute);
      expect(await slow(minute)).toBeGreaterThan(8 * minute);
      await passTime(10 * minute);
      expect(await slow(minute)).toBe(0);
      expect(await slow(minute)).toBeLessThanOrEqual(minute);
    });

    it('resets all attempts, including refused ones', async () => {
      await countMany(attempts + 5);
      await rateLimits.reset('login', 'alice');
      expect(await countMany(attempts + 1)).toBe(attempts);
    });

    it('resets an unknown key without effect', async () => {
      await rateLimits.reset('login', 'alice');
      expect(await countMany(attempts + 1)).toBe(attempts);
    });

    it('counts keys independently', async () => {
      await countMany(attempts);
      expect(await countMany(attempts, 'login', 'bob')).toBe(attempts);
      await rateLimits.refund('login', 'bob');
      expect(await countMany(1)).toBe(0);
      await rateLimits.reset('login', 'bob');
      expect(await countMany(1)).toBe(0);
    });

    it('counts limits independently for the same key', async () => {
      await countMany(attempts);
      expect(await countMany(attempts, 'currentPassword')).toBe(attempts);
      await rateLimits.refund('currentPassword', 'alice');
      expect(await countMany(1)).toBe(0);
      await rateLimits.reset('currentPassword', 'alice');
      expect(await countMany(1)).toBe(0);
    });
  });
}
