import { createMemoryRateLimits } from '../../src/server/limits/memory-rate-limits.ts';
import { advanceWorldClock } from '../support/limits.ts';
import { describeRateLimits } from './rate-limits.contract.ts';

describeRateLimits('in memory', () => ({
  rateLimits: createMemoryRateLimits(),
  passTime: advanceWorldClock,
}));
