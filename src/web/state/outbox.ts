import { reasonOf } from '../../client/index.ts';
import { now } from '../clock.ts';
import type { FileFacts } from './attachments.ts';
import type { OutboxStorage, Quote, Unsent } from './outbox-storage.ts';
import { isTransient, retryDelayMs } from './retry.ts';
import { createStore, type Store } from './store.ts';

/** A message that has not been delivered yet. */
export interface Outgoing extends Unsent {
  /**
   * `arrived`: its event has been received; only the answer is pending. `waiting`: sent again when the server can be
   * reached. `refused`: kept until the user retries or discards it.
   */
  state: 'sending' | 'arrived' | 'waiting' | 'refused';
  error?: unknown;
  /** False where the browser has no storage. */
  isStored: boolean;
}

export interface Delivery {
  /** Sends a message under its key, by which the server tells repeats. */
  send(item: Unsent, signal: AbortSignal): Promise<void>;
}

export interface Outbox extends Store<readonly Outgoing[]> {
  send(text: string, files: FileFacts[], quote?: Quote): void;
  retry(key: string): void;
  discard(key: string): void;
  /** Reports that the server has the message with this key. */
  received(key: string): void;
  /** Interrupts sending until `resume`. */
  pause(): void;
  /** Sends what is waiting, because the server can be reached again. */
  resume(): void;
  /** Stops sending. What has not been delivered stays in the storage. */
  close(): void;
}

const timeoutMs = 20_000;

/** Whether no answer arrived, so that the message may have been stored nevertheless. */
const isLost = (error: unknown) => reasonOf(error) === undefined;

/** Sends one message at a time, so that they keep their order, and only from one window. */
export function createOutbox(storage: OutboxStorage, delivery: Delivery): Outbox {
  const restore = (item: Unsent): Outgoing => ({
    ...item,
    state: item.refusal === undefined ? 'sending' : 'refused',
    isStored: true,
  });
  const store = createStore<readonly Outgoing[]>(storage.load().map(restore));
  const closed = new AbortController();
  const requests = new Map<string, AbortController>();
  let isDraining = false;
  let isPaused = false;
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const find = (key: string) => store.get().find((item) => item.key === key);

  function change(key: string, to: Partial<Outgoing>): void {
    store.set(store.get().map((item) => (item.key === key ? { ...item, ...to } : item)));
    const item = find(key);
    if (item?.isStored) storage.save(toUnsent(item));
  }

  function remove(key: string): void {
    storage.remove(key);
    store.set(store.get().filter((item) => item.key !== key));
  }

  /** Returns false if the following messages have to wait. */
  async function attempt(item: Outgoing): Promise<boolean> {
    const request = new AbortController();
    requests.set(item.key, request);
    const signal = AbortSignal.any([closed.signal, request.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      await delivery.send(item, signal);
      remove(item.key);
      attempts = 0;
      return true;
    } catch (error) {
      const current = find(item.key);
      if (!current || closed.signal.aborted) return !closed.signal.aborted;
      if (current.state === 'arrived' && isLost(error)) {
        remove(item.key);
        return true;
      }
      const reason = reasonOf(error);
      if (!isPaused && !isTransient(error) && reason !== 'UNAUTHORIZED') {
        change(item.key, { state: 'refused', error, ...(reason && { refusal: reason }) });
        return true;
      }
      change(item.key, { state: 'waiting', error });
      attempts += 1;
      if (!isPaused && reason !== 'UNAUTHORIZED')
        timer = setTimeout(() => void drain(), retryDelayMs(attempts, error));
      return false;
    } finally {
      requests.delete(item.key);
    }
  }

  async function drain(): Promise<void> {
    if (isDraining || isPaused || closed.signal.aborted) return;
    clearTimeout(timer);
    isDraining = true;
    await exclusively(storage.name, closed.signal, async () => {
      for (;;) {
        const next = store.get().find(({ state }) => state !== 'refused');
        if (!next || isPaused || closed.signal.aborted) break;
        const stored = storage.get(next.key);
        // Another window has delivered or discarded it, or has already tried.
        if (next.isStored && !stored) remove(next.key);
        else if (!(await attempt({ ...next, ...stored }))) break;
      }
      isDraining = false;
    }).catch(() => {}); // closed while waiting for another window
    isDraining = false;
  }

  const stopFollowing = storage.onChange(() => {
    const stored = storage.load();
    const known = new Set(store.get().map(({ key }) => key));
    const kept = store.get().filter((item) => !item.isStored || stored.some(({ key }) => key === item.key));
    store.set([...kept, ...stored.filter(({ key }) => !known.has(key)).map(restore)]);
    void drain();
  });
  void drain();

  return {
    get: store.get,
    subscribe: store.subscribe,
    send(text, files, quote) {
      const createdAtMs = now();
      const key = `${createdAtMs}-${crypto.getRandomValues(new Uint32Array(2)).join('-')}`;
      const item = {
        key,
        text,
        createdAtMs,
        ...(quote && { quote }),
        ...(files.length > 0 && { files }),
      };
      store.set([...store.get(), { ...item, state: 'sending', isStored: storage.save(item) }]);
      void drain();
    },
    retry(key) {
      const item = find(key);
      if (item?.state !== 'waiting' && item?.state !== 'refused') return;
      store.set(store.get().map((other) => (other.key === key ? pending(other) : other)));
      storage.save(toUnsent(pending(item)));
      void drain();
    },
    discard(key) {
      remove(key);
      requests.get(key)?.abort();
    },
    received(key) {
      const item = find(key);
      // Only the answer is missing.
      if (item?.state === 'waiting') remove(key);
      if (item?.state === 'sending') change(key, { state: 'arrived' });
    },
    pause() {
      isPaused = true;
      clearTimeout(timer);
      for (const request of requests.values()) request.abort();
    },
    resume() {
      isPaused = false;
      attempts = 0;
      if (store.get().some(({ state }) => state === 'waiting')) void drain();
    },
    close() {
      closed.abort();
      clearTimeout(timer);
      stopFollowing();
    },
  };
}

/** A reply to a message that has been deleted is sent as an ordinary message, and a text without files that have been. */
function pending({ error: _error, refusal, quote, files, ...item }: Outgoing): Outgoing {
  const isQuoteGone = refusal === 'MESSAGE_NOT_FOUND';
  const areFilesGone = refusal === 'FILE_NOT_FOUND' && item.text !== '';
  return {
    ...item,
    state: 'sending',
    ...(quote && !isQuoteGone && { quote }),
    ...(files && !areFilesGone && { files }),
  };
}

function toUnsent({ state: _state, error: _error, isStored: _isStored, ...item }: Outgoing): Unsent {
  return item;
}

/**
 * Runs a task while no other window runs one of the same name. Browsers have locks only in secure contexts; over plain
 * HTTP two windows may both send a message that was left by a third.
 */
async function exclusively(name: string, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
  const locks: LockManager | undefined = navigator.locks;
  if (locks) await locks.request(name, { signal }, task);
  else await task();
}
