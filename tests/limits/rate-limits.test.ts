import { createMemoryRateLimits } from '../../src/server/infra/limits/memory-rate-limits.ts';
import { advanceMonotonicClock } from '../support/limits.ts';
import { describeRateLimits } from './rate-limits.contract.ts';

describeRateLimits('in memory', () => ({
  rateLimits: createMemoryRateLimits(),
  passTime: advanceMonotonicClock,
}));
