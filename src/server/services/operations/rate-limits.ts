import { z } from 'zod';
import { networkOf } from '../../core/address.ts';
import { type LimitName, limits, type RateLimits } from '../../infra/limits/rate-limits.ts';

const names = Object.keys(limits) as [LimitName, ...LimitName[]]; // safe: there are some
export const limitName = z.enum(names);

export const reachedLimits = z.array(
  z.object({ name: limitName, key: z.string(), retryAfterMs: z.number() }),
);

/** What an operator may do about rate limits, in this process or in a running server. */
export type LimitControl = Pick<RateLimits, 'reached' | 'reset'>;

/** Whom a limit concerns, as far as its key says. */
export interface LimitSubject {
  user?: string;
  address?: string;
}

export function subjectOf({ name, key }: { name: LimitName; key: string }): LimitSubject {
  const { by } = limits[name];
  if (by === 'user') return { user: key };
  if (by === 'address') return { address: key };
  if (by === 'email') return {};
  const [first, second] = JSON.parse(key) as [string | number, string]; // safe: as those who count make it
  return by === 'roomAndUser' ? { user: second } : { user: String(first), address: second };
}

/** Which limits to lift: those of a user, of an address, or all. */
export type LimitFilter = LimitSubject | 'all';

/** Lifts the limits that are reached. Resolves to those. */
export async function liftLimits(control: LimitControl, filter: LimitFilter) {
  const network = filter === 'all' || filter.address === undefined ? undefined : networkOf(filter.address);
  const lifted = (await control.reached()).filter((limit) => {
    if (filter === 'all') return true;
    const { user, address } = subjectOf(limit);
    return (
      (filter.user !== undefined && user === filter.user) || (network !== undefined && address === network)
    );
  });
  for (const { name, key } of lifted) await control.reset(name, key);
  return lifted;
}
