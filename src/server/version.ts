import { readFileSync } from 'node:fs';

/** Two levels above, in the sources as in the build. */
const packageFile = new URL('../../package.json', import.meta.url);

/** Of this Mirage. */
export function readVersion(): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version; // safe: it is our own
}
