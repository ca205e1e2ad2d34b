import { DatabaseError } from './database-error.ts';

/** Whether a DATABASE_URL names a SQLite file, which a single server can use. */
export const isDatabaseFile = (url: string): boolean => url.startsWith('file:');

/** The path in a DATABASE_URL. Throws a DatabaseError if the URL names a database server. */
export function databaseFile(url: string): string {
  if (!isDatabaseFile(url))
    throw new DatabaseError('this command needs a SQLite database; for Postgres, use its own tools');
  return url.slice('file:'.length);
}
