import { useEffect, useRef } from 'react';
import { Excerpt } from '../conversation/excerpt.tsx';
import { hrefOf } from '../route.ts';
import { peerOf } from '../state/conversations.ts';
import type { Hit } from '../state/search.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { SearchIcon } from '../ui/icons.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { BriefTime } from '../ui/time.tsx';
import { endOnEscape } from './search-field.tsx';

/** What was found, newest first. `messageId` is the message that was chosen. */
export function SearchResults({ messageId }: { messageId: number | undefined }) {
  const { search } = useSession().inbox;
  const { status, hits, cursor, peer, error } = useStore(search);
  const isNone = status === 'ready' && hits.length === 0 && cursor === null;
  return (
    <>
      <h2 className="pane-title">{text.search.title}</h2>
      {status === 'loading' && hits.length === 0 && <Skeleton rows={5} />}
      {status === 'failed' && (
        <Failure title={text.search.failed} error={error} onRetry={() => search.retry()} />
      )}
      {status === 'idle' && peer !== undefined && (
        <div className="pane-scroller">
          <Empty icon={<SearchIcon />} title={text.search.label} hint={text.search.withinHint(peer)} />
        </div>
      )}
      {isNone && (
        <div className="pane-scroller">
          <Empty icon={<SearchIcon />} title={text.search.none} hint={text.search.noneHint} />
        </div>
      )}
      {(hits.length > 0 || (status === 'ready' && cursor !== null)) && <Hits current={messageId} />}
    </>
  );
}

function Hits({ current }: { current: number | undefined }) {
  const { search } = useSession().inbox;
  const { status, hits, cursor, isLoadingMore } = useStore(search);
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
        {hits.map((hit) => (
          <li key={hit.message.id}>
            <HitLink hit={hit} isCurrent={hit.message.id === current} />
          </li>
        ))}
      </ul>
      {cursor !== null && (
        <MoreButton
          aria-disabled={isLoadingMore}
          onKeyDown={(event) => endOnEscape(event, search)}
          onClick={() => {
            nextAt.current = hits.length;
            void search.loadMore();
          }}
        >
          {isLoadingMore ? text.search.loadingMore : text.search.more}
        </MoreButton>
      )}
    </div>
  );
}

function HitLink({ hit, isCurrent }: { hit: Hit; isCurrent: boolean }) {
  const { username, inbox } = useSession();
  const { id, sender, createdAt } = hit.message;
  const peer = peerOf(hit.message, username);

  return (
    <a
      className="list-item hit"
      href={hrefOf({ page: 'inbox', peer, messageId: id })}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={() => inbox.search.choose(id)}
      onKeyDown={(event) => endOnEscape(event, inbox.search)}
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
          {sender === username && text.search.own}
          <Excerpt hit={hit} />
        </span>
      </span>
    </a>
  );
}
