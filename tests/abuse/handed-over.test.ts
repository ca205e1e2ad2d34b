import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { spawnMirage } from '../support/process.ts';

const requests = {
  CONNECT: 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  'an upgrade': 'GET /trpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
};

it.each(Object.entries(requests))(
  'survives clients that request %s and reset the connection',
  async (_, head) => {
    const mirage = await spawnMirage();
    const { hostname, port } = new URL(await mirage.url());
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => {});
        await once(socket, 'connect');
        socket.write(head);
        await new Promise(setImmediate);
        socket.resetAndDestroy();
      }),
    );
    expect((await fetch(`http://${hostname}:${port}/healthz`)).status).toBe(200);
  },
);
