import type { TRPCClientError } from '@trpc/client';
import type { AppRouter, Reason } from './api.ts';

/** What a failed call of the client rejects with. `data` is undefined if no answer of the server arrived. */
export type MirageError = TRPCClientError<AppRouter>;

/** The part of an error that is specific to Mirage. */
export type MirageErrorData = NonNullable<MirageError['data']>;

/** A field of the input that is invalid. `path` is empty for the input as a whole. */
export type Issue = NonNullable<MirageErrorData['issues']>[number];

/**
 * The cause of a `TRPCClientError` when no answer of Mirage arrived: there was no connection, or a gateway in front of the
 * server answered in its place, such as with a page for status 502.
 */
export class UnreachableError extends Error {
  /** Tells it apart from other errors, also across realms. */
  override readonly name = 'UnreachableError';
  /** The gateway's HTTP status, if there was an answer. */
  readonly status: number | undefined;

  constructor(status: number | undefined, options?: { cause: unknown }) {
    super(`the server is unreachable${status === undefined ? '' : ` (status ${status})`}`, options);
    this.status = status;
  }
}

/** Errors thrown in-process, by `createCaller` and `mirage/testing`, have these as properties. */
type Facts = Partial<Pick<MirageErrorData, 'reason' | 'retryAfterMs' | 'issues'>>;

/** By name, because a program may have several copies of tRPC, and of this module. */
function factsOf(error: unknown): Facts {
  if (!(error instanceof Error)) return {};
  // safe: all errors of the server have this shape
  if (error.name === 'TRPCClientError') return (error as MirageError).data ?? {};
  return error.name === 'TRPCError' ? (error as Facts) : {};
}

/**
 * Why the server refused a call, to branch on. Undefined for anything else, such as a lost connection. Works on errors of
 * the client, of `createCaller` and of `mirage/testing`.
 */
export const reasonOf = (error: unknown): Reason | undefined => factsOf(error).reason;

/** The delay in milliseconds after which the same call may succeed, for errors that have one. */
export const retryAfterMsOf = (error: unknown): number | undefined => factsOf(error).retryAfterMs;

/** The invalid fields, for the reason `INVALID_INPUT`; otherwise empty. */
export const issuesOf = (error: unknown): Issue[] => factsOf(error).issues ?? [];

/** Whether no answer of Mirage arrived, so that it is unknown whether the call was carried out. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Error && [error, error.cause].some(isUnreachableError);
}

const isUnreachableError = (error: unknown): boolean =>
  error instanceof Error && error.name === 'UnreachableError';
