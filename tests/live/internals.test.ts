import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { openRaw } from '../support/raw-http.ts';

// What the live transports rely on beyond what Node and ws document.

async function startServer(onRequest: (res: ServerResponse) => void) {
  const server = createServer((_req, res) => onRequest(res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }; // safe: it listens on a port
}

it('Node passes what is written to a response on to its socket at once, so that writes to both keep their order', async () => {
  const { url } = await startServer((res) => {
    res.writeHead(200, { 'transfer-encoding': 'chunked' });
    res.write('one ');
    res.socket?.write('4\r\ntwo \r\n');
    res.write('three ');
    res.socket?.write('5\r\nfour \r\n');
    res.end();
  });
  const text = await (await fetch(url)).text();
  expect(
    text,
    'Node buffers responses differently: SocketSink must not write past a ServerResponse any more',
  ).toBe('one two three four ');
});

it('Node announces the socket of a pipelined response that has had to wait for one', async () => {
  const responses: ServerResponse[] = [];
  const { url } = await startServer((res) => {
    responses.push(res);
    if (responses.length > 1) res.once('socket', () => res.end('announced'));
  });
  const connection = await openRaw(url);
  connection.send(['GET / HTTP/1.1', 'Host: x', '', 'GET / HTTP/1.1', 'Host: x']);
  await vi.waitFor(() => expect(responses).toHaveLength(2));
  expect(responses[1]?.socket, 'a pipelined response has a socket from the start now').toBeNull();
  responses[0]?.end();
  await connection.has('announced');
});

it('ws passes frames on to its socket at once, and calls `close` to answer a close frame', async () => {
  const { server, url } = await startServer(() => {});
  const calls: string[] = [];
  class Recorded extends WebSocket {
    override close(...args: Parameters<WebSocket['close']>): void {
      calls.push('close');
      super.close(...args);
    }
  }
  const wss = new WebSocketServer({ noServer: true, WebSocket: Recorded, perMessageDeflate: false });
  server.on('upgrade', (request, socket: Socket, head) => {
    wss.handleUpgrade(request, socket, head, (client) => {
      client.send('one');
      socket.write(Buffer.from([0x81, 3, ...Buffer.from('two')]));
      client.send('three');
    });
  });
  const client = new WebSocket(url.replace('http', 'ws'));
  onTestFinished(() => client.terminate());
  const messages: string[] = [];
  client.on('message', (data) => messages.push(String(data)));
  await vi.waitFor(() => expect(messages).toHaveLength(3));
  expect(messages, 'ws buffers frames: SocketSink must not write past a WebSocket any more').toEqual([
    'one',
    'two',
    'three',
  ]);
  client.close();
  await once(client, 'close');
  expect(calls, 'ws answers a close frame without calling `close` now').toEqual(['close']);
});
