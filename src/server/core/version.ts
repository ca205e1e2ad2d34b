import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The relative path is the same in the sources and in the build. */
const packageFile = join(import.meta.dirname, '../../../package.json');

/** The version in Mirage's package.json. */
export function readVersion(): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version; // safe: it is Mirage's own package.json
}
