import { TRPCClientError } from '@trpc/client';
import { reasonOf } from '../client/index.ts';
import { text } from './text.ts';

/** The browser does not keep the cookie that the session needs. */
export class CookieRefused extends Error {}

/** What went wrong, for a person, and what to do about it. */
export function explain(error: unknown): string {
  if (error instanceof CookieRefused) return text.failures.cookieRefused;
  const reason = reasonOf(error);
  if (reason === undefined) return isOurs(error) ? text.failures.unforeseen : text.failures.lost;
  if (reason === 'TOO_MANY_REQUESTS') return text.failures.tooMany(retryAfterSeconds(error));
  return text.failures.reasons[reason] ?? text.failures.unforeseen;
}

/** Neither a call that got no answer, nor a `fetch` that got none. */
const isOurs = (error: unknown) =>
  error instanceof Error && !(error instanceof TRPCClientError || error instanceof TypeError);

function retryAfterSeconds(error: unknown): number | undefined {
  const response = error instanceof TRPCClientError ? error.meta?.response : undefined;
  const seconds = response instanceof Response ? Number(response.headers.get('retry-after')) : Number.NaN;
  return seconds > 0 ? seconds : undefined;
}
