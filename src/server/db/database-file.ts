import { DatabaseError } from './database-error.ts';

/** Whether a DATABASE_URL names a file, which is for one server and the commands beside it. */
export const isDatabaseFile = (url: string): boolean => url.startsWith('file:');

/** The file that a DATABASE_URL names. Throws a DatabaseError for one that names a server. */
export function databaseFile(url: string): string {
  if (!isDatabaseFile(url))
    throw new DatabaseError('this is for a database in a file; for Postgres use its own tools');
  return url.slice('file:'.length);
}
