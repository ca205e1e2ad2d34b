import { AppError } from '../../core/errors.ts';
import { codeOf } from './system-errors.ts';

/** The name of an error of the service, such as 'NoSuchBucket', or the code of one of the network, such as 'ECONNREFUSED'. */
export const nameOf = (error: unknown): string =>
  codeOf(error) || (error instanceof Error ? error.name : 'Error');

/** The HTTP status of an error that the service answered with. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }; // safe: undefined in other errors
  return $metadata?.httpStatusCode;
}

/** What callers get: 'STORAGE_FULL' if the service has no room, otherwise 'UNAVAILABLE'. */
export function callerError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const isFull = statusOf(error) === 507 || /(StorageFull|QuotaExceeded)$/.test(nameOf(error));
  // What the service answers may repeat the keys that it was asked with.
  const cause = new Error(
    `the storage of files answered ${[nameOf(error), statusOf(error)].join(' ').trim()}`,
  );
  return isFull
    ? new AppError('STORAGE_FULL', { cause })
    : new AppError('UNAVAILABLE', { cause, retryAfterMs: 1000 });
}
