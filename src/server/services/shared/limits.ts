import { hash } from 'node:crypto';
import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import { mailboxOf } from '../../core/mail-address.ts';
import type { LimitName } from '../../infra/limits/rate-limits.ts';
import type { Deps } from './deps.ts';

/** The key of a limit by e-mail address: the same for all spellings of a mailbox, and no address, as limits are listed. */
export const emailKey = (email: string) => shortHash(mailboxOf(email));

/** The key for all who give an address that another account has, or that no account has yet. */
export const othersEmailKey = (email: string) => shortHash(`others ${mailboxOf(email)}`);

const shortHash = (text: string) => hash('sha256', text, 'hex').slice(0, 32);

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

const wrong: ReadonlySet<string> = new Set([
  'INVALID_CREDENTIALS',
  'WRONG_PASSWORD',
  'WRONG_CODE',
  'INVALID_PASSKEY',
]);

/** Whether the password, or what is shown besides it, was wrong, as opposed to any other failure. */
const isWrongPassword = (error: unknown) => error instanceof AppError && wrong.has(error.reason);

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

/**
 * Compares a second factor of an account, as `compare` does. Its limit is the same wherever it is shown, and only a right one takes
 * wrong ones back: a new password must not give another ten guesses. Throws 'TOO_MANY_REQUESTS'.
 */
export async function compareFactor<Result>(
  deps: Pick<Deps, 'limits' | 'metrics'>,
  username: string,
  run: () => Promise<Result>,
): Promise<Result> {
  await requireWithinLimit(deps, 'secondFactor', username);
  const result = await compare({ refund: () => deps.limits.refund('secondFactor', username) }, run);
  await deps.limits.reset('secondFactor', username);
  return result;
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

/**
 * Counts a log-in with nothing but a passkey, by its address alone: nobody guesses a signature. Its owner is not refused for the
 * failures of others at an address that is known.
 */
export async function countPasskey(
  deps: Pick<Deps, 'limits' | 'knownCallers' | 'metrics'>,
  { owner, address }: { owner: string | undefined; address: string },
): Promise<{ refund(): Promise<void> }> {
  const network = networkOf(address);
  const retryAfterMs = await deps.limits.count('passwordsFromAddress', network);
  const isKnown = owner !== undefined && deps.knownCallers.has(owner, network);
  if (retryAfterMs > 0 && !isKnown) throw tooMany(deps, 'passwordsFromAddress', retryAfterMs);
  return {
    async refund() {
      if (retryAfterMs === 0) await deps.limits.refund('passwordsFromAddress', network);
    },
  };
}
