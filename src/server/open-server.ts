import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { Deps } from './context.ts';
import { openDeps } from './deps.ts';
import { createExpressServer } from './http/express-server.ts';

export interface MirageServer {
  /** Where it listens, such as `http://127.0.0.1:5000`. */
  url: string;
  deps: Deps;
  /** Takes no new requests, answers those it has, and lets go of the database. */
  close(): Promise<void>;
}

const graceMs = 10_000;

/** A whole Mirage, listening. */
export async function openServer(
  config: Config,
  given: Partial<Pick<Deps, 'clock' | 'log'>> = {},
): Promise<MirageServer> {
  const { deps, close: closeDeps } = await openDeps(config, given);
  const server = createExpressServer(createApp(deps));
  try {
    server.listen(config.port, config.host);
    await once(server, 'listening');
  } catch (error) {
    await closeDeps();
    throw error;
  }

  async function close() {
    const closed = once(server, 'close');
    server.close();
    // Connections without a request would keep the server open for as long as their owners like.
    server.closeIdleConnections();
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(deadline);
    await closeDeps();
  }

  return { url: urlOf(server.address() as AddressInfo), deps, close }; // safe: it listens on a port, not on a pipe
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
