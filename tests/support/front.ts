import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { createRest } from '../../src/server/app.ts';
import type { Deps } from '../../src/server/context.ts';
import { createFront } from '../../src/server/http/front.ts';
import { createHttpServer } from '../../src/server/http/http-server.ts';
import { createSse } from '../../src/server/http/sse.ts';
import { attachWebSockets } from '../../src/server/http/ws-server.ts';

/** A second server over what a Mirage stands on, whose parts can be looked at. */
export async function openFront(deps: Deps) {
  const sse = createSse(deps);
  const rest = createRest(deps);
  const front = createFront(deps, sse);
  const server = createHttpServer((req, res) => front(req, res, () => rest(req, res)));
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
    sse.close();
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
