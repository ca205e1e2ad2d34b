import { ConfigError } from '../server/config.ts';
import { DatabaseError } from '../server/db/database-error.ts';
import { AppError } from '../server/errors.ts';

/** A command could not do what it was asked to; the message is one line for who asked. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What whoever gave the command can mend. All else is a fault of ours, whose trace we need. */
export function isExpected(error: unknown): boolean {
  const kinds = [CommandError, ConfigError, DatabaseError, AppError];
  return kinds.some((kind) => error instanceof kind) || (error instanceof Error && 'syscall' in error);
}
