import { reasonOf } from '../../client/index.ts';
import { now } from '../clock.ts';
import { createStore, type Store } from './store.ts';

/** A message on its way, or one that did not arrive. */
export interface Outgoing {
  key: string;
  text: string;
  createdAtMs: number;
  /** `arrived`: the server has it, as it has come back from there; only the answer is still to come. */
  state: 'sending' | 'arrived' | 'failed';
  error?: unknown;
}

export interface Outbox extends Store<readonly Outgoing[]> {
  send(text: string): void;
  retry(key: string): void;
  discard(key: string): void;
  /** Tells that a message of one's own has come from the server. */
  arrived(text: string): void;
  /** Nothing that is not on its way yet is sent after this. */
  close(): void;
}

/** After this long without an answer, the reader should know that something is wrong. */
const patienceMs = 20_000;

/** Whether there was no answer, so that it may have been sent nevertheless. */
const wasLost = (error: unknown) => reasonOf(error) === undefined;

/** Sends one message after the other, so that they arrive in the order in which they were written. */
export function createOutbox(deliver: (text: string, signal: AbortSignal) => Promise<void>): Outbox {
  const store = createStore<readonly Outgoing[]>([]);
  let last: Promise<void> = Promise.resolve();
  const closed = new AbortController();
  let count = 0;

  const change = (key: string, to: Partial<Outgoing>) =>
    store.set(store.get().map((item) => (item.key === key ? { ...item, ...to } : item)));
  const remove = (key: string) => store.set(store.get().filter((item) => item.key !== key));

  function enqueue(key: string, text: string): void {
    last = last.then(async () => {
      if (closed.signal.aborted) return;
      try {
        await deliver(text, AbortSignal.any([closed.signal, AbortSignal.timeout(patienceMs)]));
        remove(key);
      } catch (error) {
        const hasArrived = store.get().some((item) => item.key === key && item.state === 'arrived');
        if (hasArrived && wasLost(error)) remove(key);
        else change(key, { state: 'failed', error });
      }
    });
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    send(text) {
      count += 1;
      const key = `outgoing ${count}`;
      store.set([...store.get(), { key, text, createdAtMs: now(), state: 'sending' }]);
      enqueue(key, text);
    },
    retry(key) {
      const item = store.get().find((outgoing) => outgoing.key === key && outgoing.state === 'failed');
      if (!item) return;
      change(key, { state: 'sending', error: undefined });
      enqueue(key, item.text);
    },
    discard: remove,
    arrived(text) {
      const item = store
        .get()
        .find(
          ({ state, text: own, error }) =>
            own === text && (state === 'sending' || (state === 'failed' && wasLost(error))),
        );
      if (item?.state === 'sending') change(item.key, { state: 'arrived' });
      // Its answer was lost on the way, and only that: sent once more, it would be there twice.
      if (item?.state === 'failed') remove(item.key);
    },
    close: () => closed.abort(),
  };
}
