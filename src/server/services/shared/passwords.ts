import { networkOf } from '../../core/address.ts';
import { normalizeSecret } from '../../core/names/precis.ts';
import { inSpan } from '../../core/tracing.ts';
import { runHashJob } from '../../infra/hashing/hash-threads.ts';
import { createBoundedQueue } from '../../infra/limits/bounded-queue.ts';
import { isLegacyPassword } from './legacy-passwords.ts';

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** One queue per process, as it has only so many processors. Legacy hashes run on Node's thread pool, of whose four threads two stay free. */
export const hashing = createBoundedQueue({ running: 2, waiting: 256, retryAfterMs: 5000 });

/** Whose turn a password takes in the queue. */
export const lineOfUser = (username: string) => `user ${username}`;
export const lineOfAddress = (address: string) => `address ${networkOf(address)}`;

/** Throws 'TOO_MANY_REQUESTS' if a password would be refused now: whoever is refused is to cost nothing else. */
export const requireTurn = (line: string) => hashing.requireRoom(line);

/** The span includes the time in the queue. */
const inTurn = <Result>(name: string, line: string | undefined, job: () => Promise<Result>) =>
  inSpan({ name }, () => hashing.run(job, line));

const isCurrent = (passwordHash: string) => passwordHash.startsWith('$argon2id$');

/** Takes the turn of `line`. Throws 'TOO_MANY_REQUESTS' if the queue is full, as `isPassword` does. */
export function hashPassword(password: string, line?: string): Promise<string> {
  return inTurn('password hash', line, () =>
    runHashJob({ do: 'hash', password: normalizeSecret(password), cost }),
  );
}

interface Comparison {
  line?: string;
  /** Stores the new hash of a password that matches a legacy one. */
  replace?: (newHash: string) => Promise<unknown>;
}

/** Compares a password with its hash. If a legacy hash matches, it is replaced. */
export async function isPassword(
  password: string,
  passwordHash: string,
  comparison: Comparison = {},
): Promise<boolean> {
  const normalized = normalizeSecret(password);
  if (await matches(normalized, passwordHash, comparison)) return true;
  // Hashes from before secrets were normalized.
  return normalized !== password && matches(password, passwordHash, comparison);
}

async function matches(
  password: string,
  passwordHash: string,
  { line, replace }: Comparison,
): Promise<boolean> {
  if (isCurrent(passwordHash))
    return inTurn('password compare', line, () => runHashJob({ do: 'verify', password, passwordHash }));
  if (!(await inTurn('password compare', line, () => isLegacyPassword(password, passwordHash)))) return false;
  if (replace) await replace(await hashPassword(password, line));
  return true;
}

/** A hash that no password matches. Comparing with it makes an unknown user take as long as a known one. */
export const dummyHash =
  '$argon2id$v=19$m=19456,t=2,p=1$m1i7YEJ7+dTsxN6uTJ0TPw$wa1qLgsqH74y0TJ2fxelFX6THz2BiAUnyGg4DfrjI9w';

/** Whether an account can be logged in to with a password at all. */
export const hasPassword = ({ password }: { password: string }): boolean => password !== dummyHash;
