import { createServer } from 'node:net';

/** A port on which nobody listens, for a server that must know its address before. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }; // safe: it listens on a port
      probe.close(() => resolve(port));
    });
  });
}
