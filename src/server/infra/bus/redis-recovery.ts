import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../../core/logger.ts';

const retryMs = 500;
/** How long a received heartbeat is valid. */
const upToDateMs = 900;

interface Steps {
  resubscribe(): Promise<void>;
  /** Signals every topic. */
  notifyAll(): void;
}

/** Tracks whether events may have been missed, and recovers from that after a reconnection. */
export function createRecovery({ resubscribe, notifyAll }: Steps, log: Logger, now: () => number) {
  const missedListeners: (() => Promise<void>)[] = [];
  let heardAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let current: symbol | undefined;

  async function recover(own: symbol): Promise<void> {
    await resubscribe();
    for (const listener of missedListeners) await listener();
    if (own !== current) return;
    current = undefined;
    notifyAll();
  }

  return {
    onMissed: (listener: () => Promise<void>) => void missedListeners.push(listener),

    /** Records a heartbeat by the time at which it was sent. */
    heard(sentAt: number): void {
      heardAt = sentAt;
    },

    disconnected(): void {
      heardAt = Number.NEGATIVE_INFINITY;
    },

    isUpToDate: () => current === undefined && now() - heardAt < upToDateMs,

    /** Retries until it succeeds. A later call supersedes this one. */
    async start(): Promise<void> {
      const own = Symbol('recovery');
      current = own;
      heardAt = Number.NEGATIVE_INFINITY;
      while (own === current && !isClosed) {
        try {
          return await recover(own);
        } catch (err) {
          log.warn({ err }, 'recovering missed events failed, retrying');
          await setTimeout(retryMs, undefined, { ref: false });
        }
      }
    },

    close(): void {
      isClosed = true;
    },
  };
}
