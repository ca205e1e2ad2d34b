import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import type { LimitName } from '../limits/rate-limits.ts';

/** Counts an attempt, and refuses it when there have been too many. */
export async function requireWithinLimit({ limits }: Pick<Deps, 'limits'>, name: LimitName, key: string) {
  const retryAfterMs = await limits.count(name, key);
  if (retryAfterMs > 0) throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs });
}
