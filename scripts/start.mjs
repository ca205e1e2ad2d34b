// npm start: builds what is stale, then becomes the server, in this same process, so that a signal reaches it.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
try {
  for (const step of [
    ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'],
    ['scripts/build-web.mjs'],
  ])
    execFileSync(process.execPath, step, { cwd: root, stdio: 'inherit' });
} catch {
  process.exit(1); // the compiler has said why
}
await import('../dist/server/main.js');
