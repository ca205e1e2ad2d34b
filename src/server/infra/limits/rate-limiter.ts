import { createRequire } from 'node:module';
import type * as library from 'rate-limiter-flexible';

// The index of the library loads what it has for a dozen databases, which is some megabytes.
const load = createRequire(import.meta.url);

// safe: what the index exports under these names
export const RateLimiterMemory = load(
  'rate-limiter-flexible/lib/RateLimiterMemory.js',
) as typeof library.RateLimiterMemory;
export const RateLimiterRes = load(
  'rate-limiter-flexible/lib/RateLimiterRes.js',
) as typeof library.RateLimiterRes;
export type RateLimiterRes = library.RateLimiterRes;
