import type { Batch } from './batch.ts';

/** Where the events of one subscription go: a WebSocket, an SSE response, or a loop in this process. */
export interface Sink {
  /** Returns false when the reader has fallen so far behind that it must be let go. */
  send(batch: Batch): boolean;
  /**
   * Resolves when it is this subscription's turn to send a part of its history: there is room, or nobody left to write
   * to. Others of the same connection wait until it has been sent.
   */
  drained(): Promise<void>;
  /** Lets go of a reader that does not keep up. It may come back and resume. */
  drop(): void;
}
