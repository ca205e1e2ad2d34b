import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { createMirage } from 'mirage';
import { createAccountRoutes } from './account.ts';
import type { Users } from './users.ts';

const builtPage = fileURLToPath(new URL('../../web/dist/', import.meta.url));

/** The application: its routes under /api, Mirage under /chat, and its page. */
export async function createApplication(
  users: Users,
  { databaseUrl }: { databaseUrl: string },
): Promise<{ server: Server; close(): Promise<void> }> {
  const mirage = await createMirage({
    basePath: '/chat',
    legacyRest: false,
    config: { databaseUrl, logLevel: 'warn' },
    authenticate: (token) => users.findByChatToken(token) ?? null,
  });

  const app = express()
    .disable('x-powered-by')
    .use(mirage.handler)
    .use(express.json())
    .use(
      '/api',
      createAccountRoutes(users, (token) => mirage.endSessions({ token })),
    )
    .use(express.static(builtPage));

  const server = createServer(app);
  mirage.attachWebSockets(server);

  return {
    server,
    async close() {
      server.close();
      await mirage.close();
      server.closeIdleConnections();
    },
  };
}
