import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** What Node needs to run one of the sources in a process of its own: `tsx`, which only this repository has. */
export function loaderFor(file: string): string[] {
  if (!file.endsWith('.ts')) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}
