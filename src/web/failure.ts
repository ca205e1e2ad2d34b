import { TRPCClientError } from '@trpc/client';
import { issuesOf, type Reason, reasonOf, retryAfterMsOf } from '../client/index.ts';
import { text } from './text.ts';

/** The browser did not store the session cookie. */
export class CookieRejected extends Error {}

/** The server refused the live connection of a valid session. */
export class LiveConnectionRefused extends Error {}

/** Has a message for the user, of what is loaded later. */
export class Explained extends Error {}

/** The text shown to the user for an error. Never the server's own message, which is written for developers. */
export function explain(error: unknown): string {
  if (error instanceof Explained) return error.message;
  if (error instanceof CookieRejected) return text.failures.cookieRejected;
  if (error instanceof LiveConnectionRefused) return text.failures.liveRefused;
  const reason = reasonOf(error);
  if (reason === undefined) return isUnexpected(error) ? text.failures.unexpected : text.failures.unreachable;
  if (reason === 'TOO_MANY_REQUESTS') return text.failures.tooMany(retryAfterSeconds(error));
  if (reason === 'INVALID_INPUT')
    return text.failures.invalid[invalidField(error)] ?? text.failures.reasons[reason];
  return explainReason(reason);
}

/** Failed requests are reported as `TRPCClientError`, or as `TypeError` by `fetch`. */
const isUnexpected = (error: unknown) =>
  error instanceof Error && !(error instanceof TRPCClientError || error instanceof TypeError);

function retryAfterSeconds(error: unknown): number | undefined {
  const waitMs = retryAfterMsOf(error);
  return waitMs === undefined ? undefined : Math.ceil(waitMs / 1000);
}

/** The text shown to the user for a refusal whose error object is gone. */
export const explainReason = (reason: Reason): string =>
  text.failures.reasons[reason] ?? text.failures.unexpected;

/** The name of the first invalid field, or `''`. */
const invalidField = (error: unknown): string => issuesOf(error)[0]?.path ?? '';
