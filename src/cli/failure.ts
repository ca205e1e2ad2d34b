import { ConfigError } from '../server/config.ts';
import { DatabaseError } from '../server/db/database-error.ts';
import { AppError } from '../server/errors.ts';

/** A command could not do what it was asked to; the message is one line for who asked. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** What the database says when something is wrong with its file, its disk or its neighbours, and not with us. */
const outside = /^(SQLITE_(BUSY|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB)|P1008$)/;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/** The message of whatever was thrown, in one line. */
export function messageOf(error: unknown): string {
  if (/^(SQLITE_BUSY|P1008$)/.test(codeOf(error))) return 'the database is locked by another program';
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
}

/** What whoever gave the command can mend. All else is a fault of ours, whose trace we need. */
export function isExpected(error: unknown): boolean {
  const kinds = [CommandError, ConfigError, DatabaseError, AppError];
  if (kinds.some((kind) => error instanceof kind) || outside.test(codeOf(error))) return true;
  return error instanceof Error && 'syscall' in error;
}
