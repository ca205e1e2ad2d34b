import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Search } from '../../client/chat/index.ts';
import { useSession } from '../session/session.ts';
import { useStore } from '../store.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { CloseIcon, SearchIcon } from '../ui/icons.tsx';
import { isSubmitKey } from '../ui/submit-key.ts';
import { isSearching, type MessageSearch, maxQueryLength } from './message-search.ts';

/** Where to type what to look for. `peer` is the conversation in view. */
export function SearchField({ peer }: { peer: string | undefined }) {
  const { search } = useSession();
  const state = useStore(search);
  const { typed, peer: within, turn } = state;
  const field = useRef<HTMLInputElement>(null);
  useAnnouncements(state.search);

  // On narrow screens the field is hidden until the conversation is closed.
  const focusedFor = useRef(turn);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again when the conversation is closed
  useEffect(() => {
    if (turn === focusedFor.current) return;
    field.current?.focus();
    if (document.activeElement === field.current) focusedFor.current = turn;
  }, [turn, peer]);

  function onKeyDown(event: KeyboardEvent) {
    if (isSubmitKey(event)) state.search.retry();
    endOnEscape(event, search);
  }

  return (
    <search className="search">
      <div className="search-box">
        <SearchIcon />
        <input
          ref={field}
          type="search"
          className="search-input"
          aria-label={text.search.label}
          placeholder={text.search.label}
          maxLength={maxQueryLength}
          autoComplete="off"
          enterKeyHint="search"
          dir="auto"
          value={typed}
          onChange={({ target }) => search.type(target.value)}
          onKeyDown={onKeyDown}
        />
        {(typed !== '' || isSearching(state)) && (
          <button
            type="button"
            className="search-clear"
            aria-label={text.search.clear}
            onClick={() => search.end()}
          >
            <CloseIcon />
          </button>
        )}
      </div>
      {within !== undefined && (
        <p className="search-within">
          <span>{text.search.within(within)}</span>
          <button
            type="button"
            className="search-clear"
            aria-label={text.search.everywhere}
            title={text.search.everywhere}
            onClick={() => search.everywhere()}
          >
            <CloseIcon />
          </button>
        </p>
      )}
    </search>
  );
}

/** In the field and in the results. */
export function endOnEscape(event: KeyboardEvent, search: MessageSearch): void {
  if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
  event.preventDefault(); // the browser would only empty the field
  search.end();
}

/** Announces how many messages were found, each time a page arrives. */
function useAnnouncements(search: Search): void {
  useEffect(() => {
    let wasLoading = false;
    return search.subscribe(() => {
      const { status, isLoadingMore, items, hasMore, query } = search.getSnapshot();
      const isLoading = status === 'loading' || isLoadingMore;
      if (wasLoading && !isLoading && status === 'ready' && query !== '')
        announce(items.length === 0 ? text.search.none : text.search.found(items.length, hasMore));
      wasLoading = isLoading;
    });
  }, [search]);
}
