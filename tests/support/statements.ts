import Database from 'better-sqlite3';
import { onTestFinished, vi } from 'vitest';

/**
 * Counts the statements that this process runs on any SQLite database: below Prisma and below whatever else stands on
 * the driver, so that none can slip past. With a pattern, those whose text matches it.
 */
export function countStatements(about = /(?:)/): () => number {
  const file = new Database(':memory:');
  onTestFinished(() => void file.close());
  const statement = Object.getPrototypeOf(file.prepare('SELECT 1')) as Database.Statement; // safe: it made that
  const ways = [
    vi.spyOn(statement, 'all'),
    vi.spyOn(statement, 'get'),
    vi.spyOn(statement, 'iterate'),
    vi.spyOn(statement, 'run'),
    vi.spyOn(Database.prototype, 'exec'),
  ];
  onTestFinished(() => {
    for (const way of ways) way.mockRestore();
  });
  const isAbout = (made: unknown) => about.test((made as Partial<Database.Statement>).source ?? ''); // safe: or a database
  return () => ways.reduce((sum, { mock }) => sum + mock.contexts.filter(isAbout).length, 0);
}
