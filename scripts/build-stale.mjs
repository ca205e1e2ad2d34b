import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Compiles what is stale, and ends the process if that fails. */
export function buildStale() {
  try {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      // What the compiler says is no output of what is started here.
      stdio: ['ignore', 2, 2],
    });
  } catch {
    process.exit(1); // the compiler has said why
  }
}
