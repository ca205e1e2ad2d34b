import { networkOf } from '../address.ts';
import type { Deps } from '../context.ts';
import { AppError } from '../errors.ts';
import type { LimitName } from '../limits/rate-limits.ts';

/** Counts an attempt, and refuses it when there have been too many. */
export async function requireWithinLimit(
  { limits, metrics }: Pick<Deps, 'limits' | 'metrics'>,
  name: LimitName,
  key: string,
) {
  const retryAfterMs = await limits.count(name, key);
  if (retryAfterMs === 0) return;
  metrics.refused(name);
  throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs });
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
export async function countGuess(deps: Pick<Deps, 'limits' | 'metrics'>, { limit, key, address }: Guess) {
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
    /** It was not compared: the server could not. */
    async wasNone() {
      await deps.limits.takeBack(limit, key);
      await deps.limits.takeBack('passwordsFromAddress', network);
    },
  };
}

/** Whether a password has been found wrong, and not something else gone so. */
const isWrongPassword = (error: unknown) =>
  error instanceof AppError && ['INVALID_CREDENTIALS', 'WRONG_PASSWORD'].includes(error.reason);

/** Looks at a password that has been counted. The guess is taken back where it could not be compared. */
export async function compare<Result>(
  guess: { wasNone(): Promise<void> },
  look: () => Promise<Result>,
): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (!isWrongPassword(error)) await guess.wasNone();
    throw error;
  }
}

export async function countLogin(
  deps: Pick<Deps, 'limits' | 'knownCallers' | 'metrics'>,
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
    ...guess,
    async wasRight() {
      deps.knownCallers.add(username, network);
      await guess.wasRight();
    },
  };
}
