import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** In this order: each takes what the one before it has made. */
const steps = [
  ['node_modules/@typescript/native/bin/tsc', '-b', 'tsconfig.build.json'],
  ['scripts/build-api.mjs'],
];
const webStep = ['scripts/build-web.mjs'];

/** Builds what is stale, of the web client only if asked to, and ends the process if that fails. */
export function buildStale({ web = false } = {}) {
  try {
    for (const step of web ? [...steps, webStep] : steps)
      execFileSync(process.execPath, step, {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        // What the compilers say is no output of what is started here.
        stdio: ['ignore', 2, 2],
      });
  } catch {
    process.exit(1); // they have said why
  }
}
