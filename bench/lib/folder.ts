import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the place of a real database: a temporary folder may be in memory, where waiting for the disk costs nothing. */
mkdirSync('data', { recursive: true });
const folder = mkdtempSync(join('data', 'bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** A path for a database of its own; it is gone when the benchmark ends. */
export function databasePath(): string {
  files += 1;
  return join(folder, `${files}.db`);
}
