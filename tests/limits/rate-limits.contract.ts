import { beforeEach, describe, expect, it } from 'vitest';
import { type LimitName, limits, type RateLimits } from '../../src/server/limits/rate-limits.ts';
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

    it('lets as many through as the limit says, and tells the others how long to wait', async () => {
      expect(await countMany(attempts + 5)).toBe(attempts);
      await expectWait(windowMs);
    });

    it('counts each limit as its own number of attempts', async () => {
      for (const limit of ['register', 'passwordsFromAddress'] as const)
        expect([limit, await countMany(200, limit)]).toEqual([limit, limits[limit].attempts]);
    });

    it('ends the window that long after its first attempt, whatever was refused in it', async () => {
      await countMany(attempts);
      await passTime(windowMs - 5 * minute);
      await expectWait(5 * minute);
      await passTime(3 * minute);
      await expectWait(2 * minute);
      await passTime(2 * minute);
      expect(await countMany(attempts + 1)).toBe(attempts);
      await expectWait(windowMs);
    });

    it('lets somebody through after the wait that they were told', async () => {
      await countMany(attempts);
      await passTime(await rateLimits.count('login', 'alice'));
      expect(await rateLimits.count('login', 'alice')).toBe(0);
    });

    it('takes back one attempt', async () => {
      await countMany(attempts);
      await rateLimits.takeBack('login', 'alice');
      expect(await countMany(2)).toBe(1);
    });

    it('leaves the end of the window where it is when an attempt is taken back', async () => {
      await countMany(attempts);
      await passTime(windowMs - 5 * minute);
      await rateLimits.takeBack('login', 'alice');
      expect(await countMany(1)).toBe(1);
      await expectWait(5 * minute);
    });

    it('forgets all attempts, also those it has refused', async () => {
      await countMany(attempts + 5);
      await rateLimits.forget('login', 'alice');
      expect(await countMany(attempts + 1)).toBe(attempts);
    });

    it('forgets what it has not counted, which changes nothing', async () => {
      await rateLimits.forget('login', 'alice');
      expect(await countMany(attempts + 1)).toBe(attempts);
    });

    it('counts each key by itself', async () => {
      await countMany(attempts);
      expect(await countMany(attempts, 'login', 'bob')).toBe(attempts);
      await rateLimits.takeBack('login', 'bob');
      expect(await countMany(1)).toBe(0);
      await rateLimits.forget('login', 'bob');
      expect(await countMany(1)).toBe(0);
    });

    it('counts each limit by itself, though the key be the same', async () => {
      await countMany(attempts);
      expect(await countMany(attempts, 'currentPassword')).toBe(attempts);
      await rateLimits.takeBack('currentPassword', 'alice');
      expect(await countMany(1)).toBe(0);
      await rateLimits.forget('currentPassword', 'alice');
      expect(await countMany(1)).toBe(0);
    });
  });
}
