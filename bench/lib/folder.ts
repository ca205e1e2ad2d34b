import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Next to where a real database is: the temporary folder may be in memory, where a sync costs nothing. */
mkdirSync('data', { recursive: true });
const folder = mkdtempSync(join('data', 'bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** A path for a new database, which is deleted when the benchmark ends. */
export function databasePath(): string {
  files += 1;
  return join(folder, `${files}.db`);
}
