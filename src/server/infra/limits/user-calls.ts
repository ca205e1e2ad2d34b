import { AppError } from '../../core/errors.ts';

interface UserCallOptions {
  /** Calls of one user that may run at one time. */
  running: number;
  /** Calls of one user that may wait; further ones are refused. */
  waiting: number;
}

/** Bounds the calls that one user has in progress, over all connections and transports. */
export interface UserCalls {
  /**
   * Begins a call, which must be followed by `leave`. Returns a promise only if the call has to wait: most calls do not, and
   * a promise would cost more than all else here. Throws 'TOO_MANY_REQUESTS'.
   */
  enter(username: string): Promise<void> | undefined;
  /** Ends a call that has begun. */
  leave(username: string): void;
}

interface Calls {
  running: number;
  readonly waiting: (() => void)[];
}

const retryAfterMs = 1000;

export function createUserCalls({ running, waiting }: UserCallOptions): UserCalls {
  const users = new Map<string, Calls>();

  return {
    enter(username) {
      const calls = users.get(username);
      if (!calls) users.set(username, { running: 1, waiting: [] });
      else if (calls.running < running) calls.running += 1;
      else if (calls.waiting.length >= waiting) throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs });
      else return new Promise((resolve) => calls.waiting.push(resolve));
      return undefined;
    },

    leave(username) {
      const calls = users.get(username);
      if (!calls) return;
      const next = calls.waiting.shift();
      // In a later turn of the event loop, so that the calls of one user do not delay everyone else.
      if (next) setImmediate(next);
      else if (calls.running > 1) calls.running -= 1;
      else users.delete(username);
    },
  };
}
