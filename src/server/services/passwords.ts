import { hash, verify } from '@node-rs/argon2';
import { createBoundedQueue } from '../limits/bounded-queue.ts';
import { inSpan } from '../tracing.ts';
import { isLegacyPassword } from './legacy-passwords.ts';

/** OWASP's minimum for argon2id, the default algorithm: 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Hashing runs on Node's pool of four threads, of which there is one for the whole process, and so is this queue. Two
 * threads are left for all else that needs one, such as files and names of hosts. Those who wait, wait for seconds.
 */
export const hashing = createBoundedQueue({ running: 2, waiting: 256, retryAfterMs: 5000 });

/** Its time in the queue included. */
const inTurn = <Result>(name: string, job: () => Promise<Result>) => inSpan({ name }, () => hashing.run(job));

const isCurrent = (passwordHash: string) => passwordHash.startsWith('$argon2id$');

/** Throws 'TOO_MANY_REQUESTS' when too many are waiting already, as `isPassword` does. */
export function hashPassword(password: string): Promise<string> {
  return inTurn('password hash', () => hash(password, cost));
}

/**
 * Compares a password with its hash. One of the original's hashes that fits is replaced: `replace` is handed the new
 * one.
 */
export async function isPassword(
  password: string,
  passwordHash: string,
  replace: (newHash: string) => Promise<unknown> = async () => {},
): Promise<boolean> {
  if (isCurrent(passwordHash))
    return inTurn('password compare', () => verify(passwordHash, password).catch(() => false)); // a damaged hash fits nothing
  if (!(await inTurn('password compare', () => isLegacyPassword(password, passwordHash)))) return false;
  await replace(await hashPassword(password));
  return true;
}

/** The hash of a password nobody has. Comparing with it makes an unknown user take as long as a known one. */
export const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$m1i7YEJ7+dTsxN6uTJ0TPw$wa1qLgsqH74y0TJ2fxelFX6THz2BiAUnyGg4DfrjI9w';
