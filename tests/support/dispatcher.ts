import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { createRestCompat } from '../../src/rest-compat/mount.ts';
import { createPages } from '../../src/server/app/pages.ts';
import { createDispatcher } from '../../src/server/http/dispatcher.ts';
import { failRequest } from '../../src/server/http/failure.ts';
import { createHttpServer } from '../../src/server/http/http-server.ts';
import { createSse } from '../../src/server/http/live/sse.ts';
import { attachWebSockets } from '../../src/server/http/live/ws-server.ts';
import type { Deps } from '../../src/server/services/shared/deps.ts';

/** A second server over what a Mirage stands on, whose parts can be looked at. */
export async function openFront(
  deps: Deps,
  // Short, because some tests wait until idle connections have been closed.
  { keepAliveTimeout = 2000 }: { keepAliveTimeout?: number } = {},
) {
  const sse = createSse(deps);
  const rest = createPages(deps);
  const dispatch = createDispatcher(deps, sse, createRestCompat(deps));
  const server = createHttpServer(
    (req, res) =>
      dispatch(req, res, (error) => {
        if (error === undefined) rest(req, res);
        else failRequest(deps.log, error, req, res);
      }),
    { keepAliveTimeout },
  );
  const webSockets = attachWebSockets(server, deps);
  const sockets = new Set<Socket>();
  // Some clients open connections ahead of any request and leave them; those do not count.
  function note({ socket }: { socket: Socket }) {
    if (sockets.has(socket)) return;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  }
  server.on('request', note).on('upgrade', note);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    void sse.close();
    void webSockets.close();
    server.close();
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // safe: it listens on a port
    /** The connections that have been used and are there still, on the side of the server. */
    sockets: sockets as ReadonlySet<Socket>,
    sse,
    webSockets,
    server,
  };
}
