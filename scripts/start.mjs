// npm start: rebuilds what has changed, then runs the server in this process, so that it gets signals.
import { requireNode } from '../src/server/core/require-node.js';
import { buildStale } from './build-stale.mjs';

requireNode();
buildStale({ web: true });
await import('../dist/server/main.js');
