import { startFailure } from '../server/app/start-failure.ts';
import { ConfigError } from '../server/core/config.ts';
import { AppError } from '../server/core/errors.ts';
import { DatabaseError } from '../server/infra/db/database-error.ts';

/** A command failed for a reason the user can act on; the message is one line. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Database errors caused by the file, the disk or another process, and not by a bug. */
const outside = /^(SQLITE_(BUSY|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB)|P1008$)/;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** The message of any thrown value, on one line. */
export function messageOf(error: unknown): string {
  const onStart = startFailure(error);
  if (onStart !== undefined) return onStart;
  if (/^(SQLITE_BUSY|P1008$)/.test(codeOf(error))) return 'the database is locked by another program';
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
}

/** True for errors the user can fix. Anything else is a bug and is printed with its stack trace. */
export function isExpected(error: unknown): boolean {
  if (startFailure(error) !== undefined) return true;
  const kinds = [CommandError, ConfigError, DatabaseError, AppError];
  if (kinds.some((kind) => error instanceof kind) || outside.test(codeOf(error))) return true;
  return error instanceof Error && 'syscall' in error;
}
