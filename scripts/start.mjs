// npm start: builds what is stale, then becomes the server, in this same process, so that a signal reaches it.
import { buildStale } from './build-stale.mjs';

buildStale({ web: true });
await import('../dist/server/main.js');
