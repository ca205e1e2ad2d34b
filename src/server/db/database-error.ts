/** The database cannot be used as it is; the message is one line for the operator. Nothing has been changed in it. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}

/**
 * A statement that the disk, the file or another process would not let through: it may go well later. No AppError, as
 * Prisma takes any error with a code for one of its own.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}
