import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder for the files of this run of tests, gone when it has ended. */
    runFolder: string;
  }
}

/**
 * Once for a run of tests: those of the command line and of the package start what users start, without waiting for a
 * compiler each time.
 */
export default function build({ provide }: TestProject): () => void {
  // As before packing.
  for (const step of [
    ['scripts/build.mjs', 'web'],
    ['scripts/trim-declarations.mjs'],
    ['scripts/erase-types.mjs'],
    ['scripts/share-models.mjs'],
  ])
    execFileSync(process.execPath, step, { stdio: 'inherit' });
  const runFolder = mkdtempSync(join(tmpdir(), 'mirage-run-'));
  provide('runFolder', runFolder);
  return () => rmSync(runFolder, { recursive: true, force: true });
}
