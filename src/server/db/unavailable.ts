import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';
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

/** Prisma's codes for a database that cannot be reached, does not answer in time, or has no connection left. */
const codes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

/** What the adapter says in their place about raw queries: Postgres's own code, or a kind of its own. */
const states = /^(08...|57P..|53...|55P03|57014|40P01|40001|25006)$/;
const kinds =
  /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TransactionWriteConflict)$/;

/** Of the operating system, where several addresses of a host were tried. */
const connection = /^E(CONN|TIMEDOUT|HOST|NET|PIPE|AI_)/;

/** What the driver under it says in words alone. */
const words =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed|(connect|read|write) E[A-Z]+)/;

/** Whether it was not the caller's doing, but the database cannot be used for the moment, whichever it is. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  if (error instanceof AppError) return error.reason === 'UNAVAILABLE';
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (!(error instanceof Error)) return false;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return words.test(error.message);
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string; kind?: string } };
  };
  const { originalCode = '', kind = '' } = driverAdapterError?.cause ?? {};
  return (
    codes.has(error.code) || connection.test(error.code) || states.test(originalCode) || kinds.test(kind)
  );
}

/** What the caller is told in place of such an error. */
export const unavailable = () => new AppError('UNAVAILABLE', { retryAfterMs: 1000 });
