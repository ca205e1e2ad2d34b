import { type Reason, reasonOf, retryAfterMsOf } from '../../client/index.ts';

const firstDelayMs = 1000;
const maxDelayMs = 60_000;

/** Whether repeating the same call may succeed: no answer arrived, or the server refused it only for the moment. */
export function isTransient(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === undefined || passing.includes(reason);
}

const passing: Reason[] = ['UNAVAILABLE', 'TOO_MANY_REQUESTS', 'SLOW_MODE'];

/**
 * How long to wait before the next attempt, in milliseconds, after this many failures: exponential with jitter, and at
 * least as long as the server asked for.
 */
export function retryDelayMs(failures: number, error?: unknown): number {
  const ceiling = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 10));
  return Math.max(ceiling * (0.5 + Math.random() / 2), retryAfterMsOf(error) ?? 0);
}
