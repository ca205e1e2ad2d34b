/**
 * The typed client.
 * @module mirage/client
 */
import { WebSocket as NodeWebSocket } from 'ws';
import {
  createClient,
  type MirageClient,
  type MirageClientOptions,
  type WebSocketClass,
} from './create-client.ts';

export * from './exports.ts';

/**
 * The typed client, for browsers, React Native and Node. Queries of the same tick are sent in one request. Subscriptions
 * share one connection, which is opened for the first of them, and resume by themselves when it was lost.
 */
export function createMirageClient(options: MirageClientOptions): MirageClient {
  // Node has no WebSocket of its own before version 22.
  return createClient(options, globalThis.WebSocket ?? (NodeWebSocket as unknown as WebSocketClass)); // safe: it has all of it that tRPC uses
}
