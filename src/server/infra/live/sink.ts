import type { Batch } from './batch.ts';

/** Where the events of one subscription are written: a WebSocket, an SSE response, or a loop in this process. */
export interface Sink {
  /** Returns false when the reader is so far behind that it must be disconnected. */
  send(batch: Batch): boolean;
  /**
   * Resolves when this subscription may send the next part of its history: the connection has room, or is closed.
   * Other subscriptions on the same connection wait until that part has been sent.
   */
  drained(): Promise<void>;
  /** Disconnects a reader that is too slow. It may reconnect and resume. */
  drop(): void;
}
