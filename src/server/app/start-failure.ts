import { ConfigError } from '../core/config.ts';
import { DatabaseError } from '../infra/db/database-error.ts';

/** One line about a failed start that an operator can fix, or undefined for a bug, whose stack trace is needed. */
export function startFailure(error: unknown): string | undefined {
  if (causes(error).some(({ code }) => code === 'ERR_DLOPEN_FAILED'))
    return `the SQLite driver was built for another version of Node than ${process.version}: run "npm rebuild better-sqlite3"`;
  const { message, syscall } = error as NodeJS.ErrnoException; // safe: only read where it is an Error
  if (error instanceof ConfigError || error instanceof DatabaseError) return inOneLine(message);
  return error instanceof Error && syscall !== undefined ? inOneLine(message) : undefined;
}

const inOneLine = (message: string) => message.replaceAll(/\s*\n\s*/g, ' ');

function causes(error: unknown): NodeJS.ErrnoException[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
