import type { Core, Work } from './core.ts';
import { emptyList } from './empty.ts';
import type { ChatError, List, ListSnapshot } from './types.ts';

/** A list that its owner fills. */
export interface OwnedList<T> extends List<T> {
  set(fields: Partial<ListSnapshot<T>>): void;
}

/** `more` and `retry` are what the user asks for. */
export function createList<T>(
  core: Core,
  work: Work,
  { more = () => {}, retry = () => {} }: { more?: () => void; retry?: () => void } = {},
): OwnedList<T> {
  const cell = core.cell<ListSnapshot<T>>(emptyList, work);
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

/** A list in pages. Whoever begins it says when it is read anew, at first as well. */
export function createPagedList<T, Cursor>(
  core: Core,
  read: (cursor: Cursor | undefined) => Promise<{ items: readonly T[]; next: Cursor | null }>,
  onStart: (reload: () => void) => () => void,
): List<T> {
  let cursor: Cursor | null = null;
  let stop = () => {};

  const fail = (error: ChatError) =>
    list.set({ error, ...(list.getSnapshot().items.length === 0 && { status: 'failed' }) });

  function reload(): void {
    stop();
    stop = core.persist(async () => {
      const { items, next } = await read(undefined);
      cursor = next;
      list.set({ status: 'ready', items, hasMore: next !== null, isStale: false, error: null });
    }, fail);
  }

  async function more(): Promise<void> {
    if (cursor === null || list.getSnapshot().isLoadingMore || core.isEnded) return;
    const from = cursor;
    list.set({ isLoadingMore: true });
    try {
      const { items, next } = await read(from);
      if (cursor !== from) return; // read anew meanwhile
      cursor = next;
      list.set({ items: [...list.getSnapshot().items, ...items], hasMore: next !== null });
    } catch {
      // Scrolling asks for it again.
    } finally {
      list.set({ isLoadingMore: false });
    }
  }

  const work = core.work(() => {
    const end = onStart(reload);
    return () => {
      stop();
      end();
      list.set({ isStale: true });
    };
  });
  const list = createList<T>(core, work, { more: () => void more(), retry: reload });
  return list;
}

/** For lists that nobody tells of changes. */
export function readAtOnce(reload: () => void): () => void {
  reload();
  return () => {};
}
