import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** In order: each step reads the output of the one before. */
const steps = [
  ['node_modules/@typescript/native/bin/tsc', '-b', 'tsconfig.build.json'],
  ['scripts/vendor-trpc.mjs'],
  ['scripts/build-api.mjs'],
  ['scripts/build-client.mjs'],
];
const webSteps = [['scripts/build-web.mjs'], ['scripts/build-docs.mjs']];

/** Builds what is stale, the web client and the page of the REST API only if requested, and exits the process on failure. */
export function buildStale({ web = false } = {}) {
  try {
    for (const step of web ? [...steps, ...webSteps] : steps)
      execFileSync(process.execPath, step, {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        // Keeps the compilers' messages out of the standard output of the program that is started.
        stdio: ['ignore', 2, 2],
      });
  } catch {
    process.exit(1); // the compilers have printed the reason
  }
}
