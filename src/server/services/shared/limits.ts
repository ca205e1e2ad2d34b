import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import type { LimitName } from '../../infra/limits/rate-limits.ts';
import type { Deps } from './deps.ts';

/** Counts an attempt. Throws 'TOO_MANY_REQUESTS' beyond the limit. */
export async function requireWithinLimit(
  deps: Pick<Deps, 'limits' | 'metrics'>,
  name: LimitName,
  key: string,
) {
  const retryAfterMs = await deps.limits.count(name, key);
  if (retryAfterMs > 0) throw tooMany(deps, name, retryAfterMs);
}

function tooMany({ metrics }: Pick<Deps, 'metrics'>, name: LimitName, retryAfterMs: number): AppError {
  metrics.refused(name);
  return new AppError('TOO_MANY_REQUESTS', { retryAfterMs });
}

/** A password attempt: its own limit and key, and the address it comes from. */
interface Guess {
  limit: LimitName;
  key: string;
  address: string;
  /** Whether the caller is known and must not be refused for the guesses of others behind the same address. */
  isTrusted(): boolean | Promise<boolean>;
}

/** Counts a password attempt as failed, under its own limit and that of its address, until `succeeded` is called. */
export async function countGuess(
  deps: Pick<Deps, 'limits' | 'metrics'>,
  { limit, key, address, isTrusted }: Guess,
) {
  const network = networkOf(address);
  // The address first: it bounds the number of keys of the other limit.
  const retryAfterMs = await deps.limits.count('passwordsFromAddress', network);
  if (retryAfterMs > 0 && !(await isTrusted())) throw tooMany(deps, 'passwordsFromAddress', retryAfterMs);
  const refundAddress = async () => {
    if (retryAfterMs === 0) await deps.limits.refund('passwordsFromAddress', network);
  };
  try {
    await requireWithinLimit(deps, limit, key);
  } catch (error) {
    await refundAddress(); // the password was not compared
    throw error;
  }
  return {
    async succeeded() {
      await deps.limits.reset(limit, key);
      await refundAddress();
    },
    /** For a password that could not be compared. */
    async refund() {
      await deps.limits.refund(limit, key);
      await refundAddress();
    },
  };
}

/** Whether the password was wrong, as opposed to any other failure. */
const isWrongPassword = (error: unknown) =>
  error instanceof AppError && ['INVALID_CREDENTIALS', 'WRONG_PASSWORD'].includes(error.reason);

/** Runs a comparison that has been counted, and refunds the attempt if it fails for any other reason than a wrong password. */
export async function compare<Result>(
  guess: { refund(): Promise<void> },
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!isWrongPassword(error)) await guess.refund();
    throw error;
  }
}

/** Counts a login. A user at an address that is known for them has a limit apart from everyone else's. */
export async function countLogin(
  deps: Pick<Deps, 'limits' | 'knownCallers' | 'metrics'>,
  { username, address }: { username: string; address: string },
) {
  const network = networkOf(address);
  const isKnown = deps.knownCallers.has(username, network);
  const guess = await countGuess(deps, {
    limit: isKnown ? 'loginFromKnownAddress' : 'login',
    key: isKnown ? JSON.stringify([username, network]) : username,
    address,
    isTrusted: () => isKnown,
  });
  return {
    ...guess,
    isKnown,
    async succeeded() {
      deps.knownCallers.add(username, network);
      await guess.succeeded();
    },
  };
}
