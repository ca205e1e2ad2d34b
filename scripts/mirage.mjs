// npm run mirage -- …: compiles what is stale, then becomes the command.
import { buildStale } from './build-stale.mjs';

buildStale();
await import('../dist/cli/main.js');
