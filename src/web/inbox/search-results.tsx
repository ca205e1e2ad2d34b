import { useEffect, useRef } from 'react';
import type { Search, SearchHit } from '../../client/chat/index.ts';
import { useReadable } from '../../client/react/index.ts';
import { Excerpt } from '../conversation/excerpt.tsx';
import { hrefOf, readdress } from '../route.ts';
import { useSession } from '../session/session.ts';
import { useStore } from '../store.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { SearchIcon } from '../ui/icons.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { BriefTime } from '../ui/time.tsx';
import { endOnEscape } from './search-field.tsx';

/** What was found, newest first. `messageId` is the message that was chosen. */
export function SearchResults({ messageId }: { messageId: number | undefined }) {
  const { search, peer } = useStore(useSession().search);
  const { status, query, items, hasMore, error } = useReadable(search);
  const isNone = status === 'ready' && query !== '' && items.length === 0 && !hasMore;
  return (
    <>
      <h2 className="pane-title">{text.search.title}</h2>
      {status === 'loading' && query !== '' && items.length === 0 && <Skeleton rows={5} />}
      {status === 'failed' && (
        <Failure title={text.search.failed} error={error?.cause} onRetry={search.retry} />
      )}
      {query === '' && peer !== undefined && (
        <div className="pane-scroller">
          <Empty icon={<SearchIcon />} title={text.search.label} hint={text.search.withinHint(peer)} />
        </div>
      )}
      {isNone && (
        <div className="pane-scroller">
          <Empty icon={<SearchIcon />} title={text.search.none} hint={text.search.noneHint} />
        </div>
      )}
      {(items.length > 0 || hasMore) && <Hits search={search} current={messageId} />}
    </>
  );
}

function Hits({ search, current }: { search: Search; current: number | undefined }) {
  const messageSearch = useSession().search;
  const { status, items, hasMore, isLoadingMore } = useReadable(search);
  const list = useRef<HTMLUListElement>(null);
  /** From the button on: the index of the first hit of the next page, which then gets the focus. */
  const nextAt = useRef<number>(undefined);
  useEffect(() => {
    if (isLoadingMore || nextAt.current === undefined) return;
    list.current?.children[nextAt.current]?.querySelector('a')?.focus();
    nextAt.current = undefined;
  }, [isLoadingMore]);

  return (
    <div className="pane-scroller">
      <ul
        className="list"
        ref={list}
        aria-label={text.search.title}
        aria-busy={status === 'loading' || isLoadingMore}
      >
        {items.map((hit) => (
          <li key={hit.message.id}>
            <HitLink hit={hit} isCurrent={hit.message.id === String(current)} />
          </li>
        ))}
      </ul>
      {hasMore && (
        <MoreButton
          aria-disabled={isLoadingMore}
          onKeyDown={(event) => endOnEscape(event, messageSearch)}
          onClick={() => {
            nextAt.current = items.length;
            search.loadMore();
          }}
        >
          {isLoadingMore ? text.search.loadingMore : text.search.more}
        </MoreButton>
      )}
    </div>
  );
}

function HitLink({ hit, isCurrent }: { hit: SearchHit; isCurrent: boolean }) {
  const { search } = useSession();
  const { id, isOwn, createdAt } = hit.message;
  const peer = 'peer' in hit.target ? hit.target.peer : '';

  return (
    <a
      className="list-item hit"
      href={hrefOf({ page: 'inbox', peer, messageId: Number(id) })}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={() => isCurrent && readdress({ page: 'inbox', peer })} // so that it is shown again
      onKeyDown={(event) => endOnEscape(event, search)}
    >
      <Avatar username={peer} />
      <span className="list-text">
        <span className="list-line">
          <bdi className="list-name">{peer}</bdi>
          <span className="list-time">
            <BriefTime ms={Date.parse(createdAt)} />
          </span>
        </span>
        <span className="hit-text">
          {isOwn && text.search.own}
          <Excerpt hit={hit} />
        </span>
      </span>
    </a>
  );
}
