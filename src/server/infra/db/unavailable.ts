import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { AppError } from '../../core/errors.ts';
import { DatabaseUnavailable } from './database-error.ts';
import { Prisma } from './generated/sqlite/client.ts';

/** Receives failures that the operator should know about, such as a full disk. */
export type FailureListener = (error: unknown) => void;

/** SQLite's codes for failures that are caused by the disk, the file or another process, not by the statement. */
const environmental =
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT(?!_VTAB)|NOTADB|NOMEM|PROTOCOL|PERM|AUTH)/;

/** The code of an error of the driver or of Prisma's adapter. */
function codeOf(error: unknown): string {
  if (isDriverAdapterError(error)) return error.cause.originalCode ?? '';
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Whether a statement failed because an index of FTS5 contradicts itself, which building it anew heals. */
export function isIndexBroken(error: unknown): boolean {
  if (codeOf(error) === 'SQLITE_CORRUPT_VTAB') return true;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string } };
  };
  return driverAdapterError?.cause?.originalCode === 'SQLITE_CORRUPT_VTAB';
}

/** Whether a statement failed because another process is writing. */
export const isBusy = (error: unknown) => /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error));

/** The error itself, or a DatabaseUnavailable if it was not caused by the statement. */
export function unavailableOr(error: unknown, onFailure: FailureListener): unknown {
  const code = codeOf(error);
  if (!environmental.test(code)) return error;
  const unavailable = new DatabaseUnavailable(`the database is unavailable (${code})`, {
    cause: error,
  });
  onFailure(unavailable);
  return unavailable;
}

/** Prisma's codes for a database that is unreachable, does not answer in time, or has no free connection. */
const codes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

/** For raw queries the adapter reports the Postgres error code or a kind of its own instead. */
const states = /^(08...|57P..|53...|58...|55P03|57014|40P01|40001|25006)$/;
const kinds =
  /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TransactionWriteConflict)$/;

/** Errors of the operating system, reported if several addresses of a host were tried. */
const connection = /^E(CONN|TIMEDOUT|HOST|NET|PIPE|AI_)/;

/** Errors of the driver that have no code. */
const words =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed|(connect|read|write) E[A-Z]+)/;

/** Whether an error means that the database, SQLite or Postgres, is temporarily unavailable. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  if (error instanceof AppError) return error.reason === 'UNAVAILABLE';
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (!(error instanceof Error)) return false;
  // Prisma translates errors of statements. Those of BEGIN and COMMIT it passes on as they are, and no call is to blame.
  if (isDriverAdapterError(error)) return true;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return words.test(error.message);
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string; kind?: string } };
  };
  const { originalCode = '', kind = '' } = driverAdapterError?.cause ?? {};
  return (
    codes.has(error.code) || connection.test(error.code) || states.test(originalCode) || kinds.test(kind)
  );
}

/** The error sent to callers instead. */
export const unavailable = () => new AppError('UNAVAILABLE', { retryAfterMs: 1000 });
