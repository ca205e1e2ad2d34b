import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';

/** A second connection to the database file of a Mirage, as an operator or an intruder would open one. */
export function openDatabaseFile({ folder }: { folder: string }): Database.Database {
  const file = new Database(`${folder}/mirage.db`, { timeout: 10_000 });
  onTestFinished(() => void file.close());
  return file;
}
