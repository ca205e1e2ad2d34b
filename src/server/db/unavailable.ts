import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { DatabaseUnavailable } from './database-error.ts';

/** Told what the operator should know of: that the disk is full, say. */
export type FailureListener = (error: unknown) => void;

/** SQLite's names for what is not the fault of a statement, but of the disk, the file, or another process. */
const outside = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|PERM|AUTH)/;

/** Of an error of the driver, or of Prisma's adapter around it. */
function codeOf(error: unknown): string {
  if (isDriverAdapterError(error)) return error.cause.originalCode ?? '';
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Whether another process is writing at the moment. */
export const isBusy = (error: unknown) => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** The error, or a DatabaseUnavailable in its place where the caller did nothing wrong and may try again. */
export function unavailableOr(error: unknown, onFailure: FailureListener): unknown {
  const code = codeOf(error);
  if (!outside.test(code)) return error;
  const unavailable = new DatabaseUnavailable(`the database cannot be used at present (${code})`, {
    cause: error,
  });
  onFailure(unavailable);
  return unavailable;
}
