import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { appRouter } from '../../src/server/api/app-router.ts';
import { tokenOf } from '../../src/server/api/context.ts';
import type { Deps } from '../../src/server/services/shared/deps.ts';

/** The same procedures behind tRPC's own adapters, which know nothing of attaching. */
export async function startStock(deps: Deps): Promise<string> {
  const context = (token: string | undefined) => ({ deps, token, address: '127.0.0.1' });
  const handler = createHTTPHandler({
    router: appRouter,
    basePath: '/trpc/',
    createContext: ({ req }) => context(tokenOf(req.headers.authorization)),
  });
  const server = createServer(handler);
  const wss = new WebSocketServer({ server, path: '/trpc' });
  applyWSSHandler({
    wss,
    router: appRouter,
    createContext: ({ info }) => context(info.connectionParams?.token),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const client of wss.clients) client.terminate();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // safe: it listens on a port
}
