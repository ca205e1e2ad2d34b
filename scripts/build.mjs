// npm run build. Without the argument `web`, the web client is not built.
import { buildStale } from './build-stale.mjs';

buildStale({ web: process.argv[2] === 'web' });
