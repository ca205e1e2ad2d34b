import { expect, it } from 'vitest';
import { limits } from '../../src/server/infra/limits/rate-limits.ts';
import { createRedisRateLimits } from '../../src/server/infra/limits/redis-rate-limits.ts';
import { describeRateLimits } from '../limits/rate-limits.contract.ts';
import { times } from '../support/limits.ts';
import { freshRedis, passTime } from './support/services.ts';

describeRateLimits('in Redis', async () => {
  const link = await freshRedis();
  return { rateLimits: createRedisRateLimits(link), passTime: (ms) => passTime(link, ms) };
});

it('in Redis: counts, refunds and resets over all servers', async () => {
  const link = await freshRedis();
  const here = createRedisRateLimits(link);
  const there = createRedisRateLimits({ ...(await freshRedis()), prefix: link.prefix });
  const { attempts } = limits.login;
  await Promise.all(times(attempts, (index) => (index % 2 ? here : there).count('login', 'alice')));
  for (const each of [here, there]) expect(await each.count('login', 'alice')).toBeGreaterThan(0);

  await here.reset('login', 'alice');
  await Promise.all(times(attempts, () => here.count('login', 'alice')));
  await here.refund('login', 'alice');
  expect(await there.count('login', 'alice')).toBe(0);
  expect(await there.count('login', 'alice')).toBeGreaterThan(0);
});
