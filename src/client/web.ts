/**
 * The typed client for everything but Node: the same exports as index.ts, without a dependency on the package `ws`, which
 * bundlers for browsers and React Native cannot resolve.
 */
import { createClient, type MirageClient, type MirageClientOptions } from './create-client.ts';

export * from './exports.ts';

/** As in index.ts. */
export function createMirageClient(options: MirageClientOptions): MirageClient {
  return createClient(options, globalThis.WebSocket);
}
