import type { ChatError, Readable, Target } from './basics.ts';
import type { Message } from './messages.ts';

/** A search as the user types. */
export interface Search extends Readable<SearchSnapshot> {
  /** Waits 200 ms for further letters. An empty query ends the search. */
  setQuery(query: string): void;
  /** Loads further hits. Does nothing without any. */
  loadMore(): void;
}

/** What a search shows. */
export interface SearchSnapshot {
  /** `idle`: there is no query. */
  status: 'idle' | 'loading' | 'ready' | 'failed';
  /** As it was set, without blanks around it. */
  query: string;
  /** The newest first. */
  hits: readonly SearchHit[];
  /** Whether there are further hits. */
  hasMore: boolean;
  /** Why it has failed. */
  error: ChatError | null;
}

/** A message that was found. */
export interface SearchHit {
  /** Where it was found. */
  target: Target;
  /** What was found. */
  message: Message;
  /** Where the words are in the text, as `[start, end]`. */
  ranges: readonly (readonly [number, number])[];
}
