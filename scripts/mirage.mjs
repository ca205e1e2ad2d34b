// npm run mirage -- …: rebuilds what has changed, then runs the command in this process.
import { requireNode } from '../src/server/core/require-node.js';
import { buildStale } from './build-stale.mjs';

requireNode();
buildStale({ web: process.argv[2] === 'serve' });
await import('../dist/cli/main.js');
