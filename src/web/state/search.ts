import type { MirageClient, Outputs } from '../../client/index.ts';
import { peerOf } from './conversations.ts';
import type { InboxEvent } from './inbox-types.ts';
import { isOlder } from './positions.ts';
import { withRetry } from './retry.ts';
import { createStore, type Store } from './store.ts';

type Page = Outputs['inbox']['search'];

/** A message that was found, where the words are in its text, and the position that it is known at. */
export type Hit = Page['hits'][number] & { at: string };

export interface SearchState {
  /** As typed. */
  query: string;
  /** Only the conversation with this user. */
  peer?: string | undefined;
  /** `idle` as long as there is nothing to look for. */
  status: 'idle' | 'loading' | 'ready' | 'failed';
  /** Until the next answer arrives, those of the last one. */
  hits: readonly Hit[];
  /** Cursor of the next page; null when everything is loaded. */
  cursor: string | null;
  isLoadingMore: boolean;
  /** Another number each time the field is to have the focus. */
  turn: number;
  /** The message that was chosen last; another object if it was chosen again. */
  chosen?: { id: number };
  error?: unknown;
}

/** The search for messages. It stays while the user looks at what was found. */
export interface Search extends Store<SearchState> {
  /** Looks for a text when the user pauses. */
  type(query: string): void;
  /** Looks for it without waiting. */
  submit(): void;
  /** Begins another search, in one conversation. */
  startWithin(peer: string): void;
  /** Looks in all conversations again. */
  everywhere(): void;
  loadMore(): Promise<void>;
  choose(id: number): void;
  /** Searches again, if the search failed. */
  retry(): void;
  /** Searches again, as events were missed. */
  repeat(): void;
  apply(event: InboxEvent, at: string): void;
  end(): void;
  close(): void;
}

/** The server refuses longer ones. */
export const maxQueryLength = 200;

const pauseMs = 250;

const nothing: Omit<SearchState, 'turn'> = {
  query: '',
  status: 'idle',
  hits: [],
  cursor: null,
  isLoadingMore: false,
};

/** Whether the search takes the place of the list of conversations. */
export const isSearching = ({ status, peer }: SearchState): boolean =>
  status !== 'idle' || peer !== undefined;

/** @param isGone Whether the message has been deleted. */
export function createSearch(
  client: MirageClient,
  username: string,
  isGone: (id: number) => boolean,
): Search {
  const store = createStore<SearchState>({ ...nothing, turn: 0 });
  /** Events since the calls under way began: an answer may be older. */
  let events: { event: InboxEvent; at: string }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let calls = new AbortController();

  const set = (change: Partial<SearchState>) => store.set({ ...store.get(), ...change });

  /** From here on, answers to earlier calls are dropped. */
  function drop(): AbortSignal {
    clearTimeout(timer);
    calls.abort();
    calls = new AbortController();
    events = [];
    return calls.signal;
  }

  /** The next page with hits: those without are not the end. */
  async function read(
    signal: AbortSignal,
    from: string | null,
  ): Promise<Pick<SearchState, 'hits' | 'cursor'>> {
    const { query, peer } = store.get();
    for (let cursor = from; ; ) {
      const input = { query, ...(peer !== undefined && { with: peer }), ...(cursor !== null && { cursor }) };
      const page = await withRetry(() => client.inbox.search.query(input, { signal }));
      const hits = current(page);
      if (hits.length > 0 || page.nextCursor === null || signal.aborted)
        return { hits, cursor: page.nextCursor };
      cursor = page.nextCursor;
    }
  }

  /** The hits of a page as they are after all events. */
  function current({ hits, position }: Page): readonly Hit[] {
    const found = hits.filter(({ message }) => !isGone(message.id)).map((hit) => ({ ...hit, at: position }));
    return events.reduce<readonly Hit[]>((before, { event, at }) => applyTo(before, event, at), found);
  }

  function applyTo(hits: readonly Hit[], event: InboxEvent, at: string): readonly Hit[] {
    switch (event.type) {
      case 'deleted':
        return hits.filter(({ message }) => message.id !== event.id);
      case 'edited':
        // Where the words are now, if they still are, only a new search would tell.
        return hits.map((hit) =>
          hit.message.id === event.message.id && isOlder(hit.at, at)
            ? { message: event.message, ranges: [], at }
            : hit,
        );
      case 'conversation':
        if (!event.cleared) return hits;
        return hits.filter((hit) => peerOf(hit.message, username) !== event.with || !isOlder(hit.at, at));
      default:
        return hits;
    }
  }

  async function run(): Promise<void> {
    const signal = drop();
    if (store.get().query.trim() === '') return set({ ...nothing, query: store.get().query });
    set({ status: 'loading', isLoadingMore: false });
    try {
      const found = await read(signal, null);
      if (!signal.aborted) set({ ...found, status: 'ready', error: undefined });
    } catch (error) {
      if (!signal.aborted) set({ status: 'failed', hits: [], cursor: null, error });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,

    type(query) {
      set({ query });
      if (query.trim() === '') return void run();
      drop();
      set({ status: 'loading', isLoadingMore: false });
      timer = setTimeout(() => void run(), pauseMs);
    },

    submit: () => void run(),

    startWithin(peer) {
      drop();
      set({ ...nothing, peer, turn: store.get().turn + 1 });
    },

    everywhere() {
      set({ peer: undefined, hits: [], turn: store.get().turn + 1 });
      void run();
    },

    async loadMore() {
      const { cursor, status, isLoadingMore } = store.get();
      if (cursor === null || status !== 'ready' || isLoadingMore) return;
      const { signal } = calls;
      set({ isLoadingMore: true });
      try {
        const next = await read(signal, cursor);
        if (!signal.aborted) set({ hits: [...store.get().hits, ...next.hits], cursor: next.cursor });
      } catch {
        // Asked for again by the user.
      } finally {
        if (!signal.aborted) set({ isLoadingMore: false });
      }
    },

    choose: (id) => set({ chosen: { id } }),

    retry() {
      if (store.get().status === 'failed') void run();
    },

    repeat() {
      if (store.get().status !== 'idle') void run();
    },

    apply(event, at) {
      const { status, hits, isLoadingMore } = store.get();
      if (status === 'loading' || isLoadingMore) events.push({ event, at });
      if (hits.length > 0) set({ hits: applyTo(hits, event, at) });
    },

    end() {
      drop();
      set({ ...nothing, peer: undefined, turn: store.get().turn + 1 });
    },

    close: () => void drop(),
  };
}
