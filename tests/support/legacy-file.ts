import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { legacyTables } from '../../bench/lib/legacy-database.ts';

export const sample = fileURLToPath(new URL('../legacy/legacy-sample.sqlite', import.meta.url));
export const sampleMessages = fileURLToPath(new URL('../legacy/messages-sample.txt', import.meta.url));

/** So long that the messages of the sample have not expired. */
export const longLifespan = { MESSAGE_LIFESPAN: '315360000' };

/** A legacy database with what `sql` puts into it. */
export function writeLegacy(path: string, sql: string): string {
  const db = new Database(path);
  db.pragma('foreign_keys = OFF'); // the original never turned them on
  db.exec(legacyTables);
  db.exec(sql);
  db.close();
  return path;
}

/** Names, bytes and times of all files of a folder. */
export function folderState(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
      const stats = statSync(`${folder}/${name}`);
      if (!stats.isFile()) return [];
      const { mtimeMs, size } = stats;
      const digest = createHash('sha256')
        .update(readFileSync(`${folder}/${name}`))
        .digest('hex');
      return [[name, `${size} ${mtimeMs} ${digest}`]];
    }),
  );
}

/** Every row of every table, but for what is different in each run: when sessions were made, and record of migrations. */
export function dump(path: string): Record<string, unknown[]> {
  const db = new Database(path, { fileMustExist: true });
  onTestFinished(() => void db.close());
  const tables = db
    .prepare<[], string>(
      // The tables of the search indexes keep no rows; their contents are in tables beside them.
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('_prisma_migrations', 'inbox_search', 'room_search') ORDER BY name",
    )
    .pluck()
    .all();
  const columns = (table: string) => (table === 'sessions' ? 'token_hash, username' : '*');
  const schema = db.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY name').all();
  return Object.fromEntries([
    ['schema', schema],
    ...tables.map(
      (table) => [table, db.prepare(`SELECT ${columns(table)} FROM "${table}" ORDER BY 1, 2`).all()] as const,
    ),
  ]);
}
