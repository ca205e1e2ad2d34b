import type { Reason } from '../../api.ts';

/**
 * A value that changes. `getSnapshot` returns the same reference until it does. Both methods can be passed on without their object.
 * Subscribers keep the work behind it going, which begins with the first of them and ends ten seconds after the last.
 */
export interface Readable<T> {
  /** The value as it is now. */
  getSnapshot(): T;
  /** Returns the function that unsubscribes. */
  subscribe(listener: () => void): () => void;
}

/** A room that the user is in, or the conversation with a user. Compared by value. */
export type Target =
  | {
      /** A room that the user is in. */
      roomId: number;
    }
  | {
      /** The name of a user. */
      peer: string;
    };

/** Why something failed. */
export interface ChatError {
  /** The server's; null if no answer of it arrived. */
  reason: Reason | null;
  /** Whether the same may succeed later. */
  canRetry: boolean;
  /** No earlier than after this delay, if it is known. */
  retryAfterMs: number | null;
  /** What was thrown. */
  cause: unknown;
}
