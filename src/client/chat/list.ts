import { type Core, errorOf, type Work } from './core.ts';
import { emptyList } from './empty.ts';
import type { ChatError, List, ListSnapshot } from './types.ts';

/** A list that its owner fills. */
export interface OwnedList<T> extends List<T> {
  set(fields: Partial<ListSnapshot<T>>): void;
}

/** `more` and `retry` are what the user asks for. */
export function createList<T>(
  core: Core,
  works: readonly Work[],
  { more = () => {}, retry = () => {} }: { more?: () => void; retry?: () => void } = {},
): OwnedList<T> {
  const cell = core.cell<ListSnapshot<T>>(emptyList, ...works);
  let loaded: Promise<void> | undefined;
  const isDone = () => cell.getSnapshot().status !== 'loading' || core.isEnded;
  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    set: (fields) => cell.set({ ...cell.getSnapshot(), ...fields }),
    load() {
      if (isDone()) return Promise.resolve();
      loaded ??= new Promise((resolve) => {
        const release = cell.subscribe(() => {
          if (!isDone()) return;
          release();
          loaded = undefined;
          resolve();
        });
      });
      return loaded;
    },
    loadMore: more,
    retry,
  };
}

/** A list that is read in pages. */
export interface PagedList<T> extends OwnedList<T> {
  /** Reads it anew, unless nobody watches it. Answers to come count for nothing. */
  reload(afterMs?: number): void;
}

interface PagedOptions<T> {
  /** Is needed as well. */
  works?: readonly Work[];
  /** Whoever tells them has it read anew. */
  listeners?: Set<() => void>;
  /** Whether it can be read already; otherwise the listeners are told later. */
  isReady?(): boolean;
  /** Of several pages. */
  sort?(items: T[]): T[];
}

/** A list in pages, read anew each time it is begun and by `reload`. */
export function createPagedList<T, Cursor>(
  core: Core,
  read: (cursor: Cursor | undefined) => Promise<{ items: readonly T[]; next: Cursor | null }>,
  { works = [], listeners = new Set(), isReady = () => true, sort = (items) => items }: PagedOptions<T> = {},
): PagedList<T> {
  let cursor: Cursor | null = null;
  let turn = 0;
  let stop = () => {};

  const fail = (error: ChatError) =>
    list.set({
      error,
      ...(list.getSnapshot().status === 'loading' && { status: 'failed', items: [], hasMore: false }),
    });

  function end(): void {
    stop();
    turn += 1;
  }

  async function readPage(from?: Cursor): Promise<void> {
    const own = turn;
    const { items, next } = await read(from);
    if (own !== turn) return; // read anew meanwhile
    cursor = next;
    list.set({
      status: 'ready',
      items: sort([...(from === undefined ? [] : list.getSnapshot().items), ...items]),
      hasMore: next !== null,
      isLoadingMore: false,
      isStale: false,
      error: null,
    });
  }

  function reload(afterMs = 0): void {
    end();
    if (!work.isRunning) return;
    const begin = () => {
      stop = core.persist(readPage, fail);
    };
    if (afterMs > 0) stop = core.timer(begin, afterMs);
    else begin();
  }

  function more(): void {
    const { status, isLoadingMore } = list.getSnapshot();
    if (cursor === null || status !== 'ready' || isLoadingMore || core.isEnded) return;
    list.set({ isLoadingMore: true });
    // Where it fails, scrolling asks for it again.
    readPage(cursor).catch((cause) => list.set({ isLoadingMore: false, error: errorOf(cause) }));
  }

  const work = core.work(() => {
    listeners.add(reload);
    if (isReady()) reload();
    return () => {
      end();
      listeners.delete(reload);
      list.set({ isStale: true });
    };
  });
  const list = createList<T>(core, [...works, work], { more, retry: () => reload() });
  return { ...list, reload };
}
