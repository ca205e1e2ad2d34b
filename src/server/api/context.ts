import type { BatchSize } from '../core/answer-size.ts';
import type { Session } from '../core/session.ts';
import type { TraceContext } from '../core/tracing.ts';
import type { Transport } from '../infra/metrics/metrics.ts';
import type { Deps } from '../services/shared/deps.ts';

/** What a call knows of its caller. */
export interface Context {
  /** From `openDeps`. */
  deps: Deps;
  /** As the caller sent it, not yet verified. */
  token: string | undefined;
  /** Already authenticated, by a ticket; otherwise the token is checked. */
  session?: Session | undefined;
  /** For calls that belong to one request: the session found by the first is reused by the others. */
  sessionCache?:
    | {
        /** The session, once it is found. */
        session?: Session;
      }
    | undefined;
  /** The header `Idempotency-Key` of the request, as it was sent. */
  idempotencyKey?: string | undefined;
  /** Whether names are taken as they are written, as in the legacy API, instead of being normalized. */
  hasVerbatimNames?: boolean | undefined;
  /** The caller's network address, for limits. */
  address: string;
  /** The connection that subscriptions attach to. Without one, as in-process, they are plain async iterables. */
  connection?: object | undefined;
  /**
   * What the call holds while it runs; set for each call.
   * @internal
   */
  held?: HeldByCall | undefined;
  /**
   * The size that the results of one request may still have, if it can have several.
   * @internal
   */
  batchSize?: BatchSize | undefined;
  /**
   * Counts the calls of a connection that can have several in flight.
   * @internal
   */
  inFlight?: InFlight | undefined;
  /**
   * The transport of a call that has no HTTP request of its own.
   * @internal
   */
  transport?: Transport | undefined;
  /**
   * The parent span of the call; by default the active one.
   * @internal
   */
  trace?: TraceContext | undefined;
}

/** Released when the call has ended. */
export interface HeldByCall {
  release?: () => void;
}

/** The unanswered calls of one connection. */
export interface InFlight {
  begin(): void;
  end(): void;
}

/** The token of an `Authorization` header: bare, or after `Bearer` in any letter case. */
export function tokenOf(authorization: string | undefined): string | undefined {
  return authorization?.replace(/^Bearer +/i, '') || undefined;
}
