import { networkOf } from '../address.ts';
import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import type { LimitName } from '../limits/rate-limits.ts';

/** Counts an attempt, and refuses it when there have been too many. */
export async function requireWithinLimit({ limits }: Pick<Deps, 'limits'>, name: LimitName, key: string) {
  const retryAfterMs = await limits.count(name, key);
  if (retryAfterMs > 0) throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs });
}

/** One who tries a password: where from, and under which limit of their own. */
interface Guess {
  limit: LimitName;
  key: string;
  address: string;
}

/**
 * Counts a password as a wrong one, for its own limit and for the address it comes from, until it is said to have been
 * right.
 */
export async function countGuess(deps: Pick<Deps, 'limits'>, { limit, key, address }: Guess) {
  const network = networkOf(address);
  // The address first: so there are no more keys of the other kind than addresses may guess at.
  await requireWithinLimit(deps, 'passwordsFromAddress', network);
  try {
    await requireWithinLimit(deps, limit, key);
  } catch (error) {
    await deps.limits.takeBack('passwordsFromAddress', network); // it was not tried, so it was no guess
    throw error;
  }
  return {
    async wasRight() {
      await deps.limits.forget(limit, key);
      await deps.limits.takeBack('passwordsFromAddress', network);
    },
  };
}

export async function countLogin(
  deps: Pick<Deps, 'limits' | 'knownCallers'>,
  { username, address }: { username: string; address: string },
) {
  const network = networkOf(address);
  const guess = deps.knownCallers.has(username, network)
    ? await countGuess(deps, {
        limit: 'loginFromKnownAddress',
        key: JSON.stringify([username, network]),
        address,
      })
    : await countGuess(deps, { limit: 'login', key: username, address });
  return {
    async wasRight() {
      deps.knownCallers.add(username, network);
      await guess.wasRight();
    },
  };
}
