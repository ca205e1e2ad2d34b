/** Mirage's router behind tRPC's own server, as in its documentation. */
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { server as mirage } from '../lib/built.ts';
import { options, serve } from '../lib/child.ts';
import { listen } from '../lib/listen.ts';
import { settle } from '../lib/people.ts';

const { databasePath } = options<{ databasePath: string }>();
const config = mirage.loadConfig({
  DATABASE_URL: `file:${databasePath}`,
  RATE_LIMIT: 'off',
  LOG_LEVEL: 'warn',
});
const { deps } = await mirage.openDeps(config);
const people = await settle(deps, 1);

const server = createHTTPServer({
  router: mirage.appRouter,
  basePath: '/trpc/',
  createContext: ({ req }) => ({
    deps,
    token: req.headers.authorization,
    address: req.socket.remoteAddress ?? '',
  }),
});

serve({ people: () => people }, { port: await listen(server) });
