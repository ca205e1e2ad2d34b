// npm run mirage -- …: builds what is stale, then becomes the command.
import { buildStale } from './build-stale.mjs';

buildStale({ web: process.argv[2] === 'serve' });
await import('../dist/cli/main.js');
