/** The file that a DATABASE_URL names. */
export const databaseFile = (url: string): string => url.replace(/^file:/, '');
