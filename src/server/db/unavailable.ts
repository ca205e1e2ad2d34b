import { AppError } from '../errors.ts';
import { Prisma } from '../generated/sqlite/client.ts';

/** Prisma's codes for a database that cannot be reached, does not answer in time, or has no connection left. */
const codes = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034', 'P2037']);

/** What the adapter says in their place about raw queries: Postgres's own code, or a kind of its own. */
const states = /^(08...|57P..|53...|55P03|57014|40P01|40001)$/;
const kinds =
  /^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|TransactionWriteConflict)$/;

/** What the driver under it says in words alone. */
const words =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client has encountered a connection error|Client was closed|(connect|read|write) E[A-Z]+)/;

/** Whether it was not the caller's doing, but the database is away or overcharged for the moment. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AppError) return error.reason === 'UNAVAILABLE';
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (!(error instanceof Error)) return false;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return words.test(error.message);
  const { driverAdapterError } = (error.meta ?? {}) as {
    driverAdapterError?: { cause?: { originalCode?: string; kind?: string } };
  };
  const { originalCode = '', kind = '' } = driverAdapterError?.cause ?? {};
  return codes.has(error.code) || states.test(originalCode) || kinds.test(kind);
}

/** What the caller is told in place of such an error. */
export const unavailable = () => new AppError('UNAVAILABLE', { retryAfterMs: 1000 });
