/** The database cannot be used. The message is one line for the operator; the database has not been changed. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}

/**
 * A statement failed because of the disk, the file or another process, and may succeed later. Not an AppError, because
 * Prisma treats every error with a `code` as its own.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}
