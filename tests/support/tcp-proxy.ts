import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Passes bytes on to a server, and cuts connections when told to, as networks do: at any byte and without a word. */
export async function startProxy(target: string) {
  const { hostname, port } = new URL(target);
  const connections = new Set<Socket>();
  let isRefusing = false;
  const server = createServer((client) => {
    if (isRefusing) return void client.resetAndDestroy();
    const upstream = connect(Number(port), hostname);
    connections.add(client);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    client.on('close', () => connections.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const connection of connections) connection.resetAndDestroy();
  }

  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // safe: it listens on a port
    connections,
    cut,
    /** Whether new connections are broken off at once. */
    refuse(refuse: boolean) {
      isRefusing = refuse;
    },
  };
}
