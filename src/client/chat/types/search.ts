import type { Target } from './basics.ts';
import type { List, ListSnapshot } from './lists.ts';
import type { Message } from './messages.ts';

/** A search as the user types. It follows what happens to the messages that were found, and searches again after a gap. */
export interface Search extends List<SearchHit> {
  /** What was found. */
  getSnapshot(): SearchSnapshot;
  /** Waits 200 ms for further letters. An empty query finds nothing. */
  setQuery(query: string): void;
  /** Searches again, and without waiting. */
  retry(): void;
}

/** What was found, the newest first. While it is `loading`, what was found for the query before. */
export interface SearchSnapshot extends ListSnapshot<SearchHit> {
  /** As it was set, without blanks around it. */
  query: string;
}

/** A message that was found. */
export interface SearchHit {
  /** Where it was found. */
  target: Target;
  /** What was found. */
  message: Message;
  /** Where the words are in the text, as `[start, end]`. None once it was edited. */
  ranges: readonly (readonly [number, number])[];
}
