/** The database cannot be used as it is; the message is one line for the operator. Nothing has been changed in it. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}
