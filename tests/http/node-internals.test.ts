import { once } from 'node:events';
import type http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import express from 'express';
import { expect, it, onTestFinished } from 'vitest';
import { createExpressServer } from '../../src/server/http/express-server.ts';
import { createHttpServer } from '../../src/server/http/http-server.ts';
import { pendingResponse } from '../../src/server/http/pending-response.ts';
import { trackRequests } from '../../src/server/http/requests.ts';

async function listening(server: http.Server): Promise<Socket> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1'); // safe: it listens on a port
  onTestFinished(() => {
    socket.destroy();
    server.close();
    server.closeAllConnections();
  });
  return socket;
}

/** What to read when one of these fails, most likely on a new version of Node. */
const says = (file: string, what: string) => `${process.version}: ${what}; see src/server/http/${file}`;

it('finds the pending response of a connection', async () => {
  const server = createHttpServer(() => {});
  const socket = await listening(server);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [req, res] = (await once(server, 'request')) as [http.IncomingMessage, http.ServerResponse];
  const changed = says('pending-response.ts', 'Node no longer keeps the pending response in `_httpMessage`');
  expect(pendingResponse(req.socket), changed).toBe(res);
  res.end();
  await once(res, 'close');
  expect(pendingResponse(req.socket), changed).toBeUndefined();
});

it.each([
  ['of its own', () => createHttpServer((_req, res) => void res.end('hello'))],
  ['for Express', () => createExpressServer(express().use((_req, res) => void res.end('hello')))],
])(
  'answers requests that offer HTTP/2, and upgrades those for a WebSocket, with a server %s',
  async (_, create) => {
    const server = create();
    const changed = says('websocket-upgrades.ts', 'Node no longer reads `upgrade` of a request to decide');
    server.on('upgrade', (_req, socket: Socket) => socket.end('upgraded'));
    const offer = await listening(server);
    offer.end('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    expect(await text(offer), changed).toContain('hello');
    const webSocket = connect((server.address() as AddressInfo).port, '127.0.0.1'); // safe: it listens on a port
    webSocket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n');
    expect(await text(webSocket), changed).toBe('upgraded');
  },
);

it('constructs requests and responses with the prototypes of Express', async () => {
  const app = express();
  const server = createExpressServer(app);
  const socket = await listening(server);
  const requested = once(server, 'request') as Promise<[http.IncomingMessage, http.ServerResponse]>;
  server.removeListener('request', app);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [req, res] = await requested;
  const changed = says('express-server.ts', 'Node no longer constructs requests and responses as configured');
  expect(Object.getPrototypeOf(req), changed).toBe(app.request);
  expect(Object.getPrototypeOf(res), changed).toBe(app.response);
});

it('answers a client that has closed its half of the connection', async () => {
  const server = createHttpServer((_req, res) => void setImmediate(() => res.end('hello')));
  const socket = await listening(server);
  socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await text(socket), says('http-server.ts', 'Node no longer honours `httpAllowHalfOpen`')).toContain(
    'hello',
  );
});

it('stops reading from a connection with pipelined requests that wait', async () => {
  const { handle } = trackRequests(() => {});
  const server = createHttpServer((req, res) => handle(req, res, () => {}));
  const socket = await listening(server);
  const requests = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(400_000);
  socket.write(requests);
  const [req] = (await once(server, 'request')) as [http.IncomingMessage];
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  const changed = says('requests.ts', 'Node reads on though the socket is paused');
  expect(req.socket.bytesRead, changed).toBeLessThan(512 * 1024);
});
