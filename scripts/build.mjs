// npm run build; without the argument `web`, all but the web client.
import { buildStale } from './build-stale.mjs';

buildStale({ web: process.argv[2] === 'web' });
