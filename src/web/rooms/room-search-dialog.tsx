import { useEffect, useState } from 'react';
import type { Search, SearchHit } from '../../client/chat/index.ts';
import { useChat, useReadable, useRooms } from '../../client/react/index.ts';
import { Excerpt } from '../conversation/excerpt.tsx';
import { useBlocked } from '../conversation/use-blocked.ts';
import { explain } from '../failure.ts';
import { maxQueryLength } from '../inbox/message-search.ts';
import { hrefOf, navigate } from '../route.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Choices } from '../ui/choices.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { SearchIcon } from '../ui/icons.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { BriefTime } from '../ui/time.tsx';
import type { Room } from './use-rooms.ts';

/** Looks for messages in all of the user's rooms, or in the one that is given. */
export function RoomSearchDialog({ room, onClose }: { room?: Room; onClose(): void }) {
  const chat = useChat();
  const [search, setSearch] = useState<Search>();
  const words = text.roomSearch;
  return (
    <Modal title={words.title} onClose={onClose}>
      <Form
        submit={words.submit}
        onSubmit={async ({ query = '', where }) => {
          const isEverywhere = room === undefined || where === 'everywhere';
          const next = chat.search({ in: isEverywhere ? 'rooms' : { roomId: room.id } });
          next.setQuery(query);
          setSearch(next);
        }}
      >
        <Field
          label={text.search.label}
          name="query"
          type="search"
          required
          maxLength={maxQueryLength}
          autoComplete="off"
          enterKeyHint="search"
        />
        {room && (
          <Choices
            title={words.where}
            name="where"
            options={['here', 'everywhere']}
            labels={{ here: words.here(room.name), everywhere: words.everywhere }}
            initial="here"
          />
        )}
      </Form>
      {search && <Results search={search} onClose={onClose} />}
    </Modal>
  );
}

function Results({ search, onClose }: { search: Search; onClose(): void }) {
  const { status, items, hasMore, isLoadingMore, error } = useReadable(search);
  const count = items.length;
  const isDone = status === 'ready' && !isLoadingMore;
  useEffect(() => {
    if (isDone) announce(count === 0 ? text.search.none : text.search.found(count, hasMore));
  }, [count, isDone, hasMore]);

  if (status === 'loading') return <Skeleton rows={4} />;
  if (status === 'failed')
    return <Failure title={text.search.failed} error={error?.cause} onRetry={search.retry} />;
  if (count === 0 && !hasMore)
    return <Empty icon={<SearchIcon />} title={text.search.none} hint={text.search.noneHint} />;
  return (
    <>
      <ul className="list" aria-label={text.search.title} aria-busy={isLoadingMore}>
        {items.map((hit) => (
          <li key={hit.message.key}>
            <HitLink hit={hit} onClose={onClose} />
          </li>
        ))}
      </ul>
      {error && <Notice kind="error">{explain(error.cause)}</Notice>}
      {hasMore && (
        <MoreButton aria-disabled={isLoadingMore} onClick={search.loadMore}>
          {isLoadingMore ? text.search.loadingMore : text.search.more}
        </MoreButton>
      )}
    </>
  );
}

function HitLink({ hit, onClose }: { hit: SearchHit; onClose(): void }) {
  const { items: rooms } = useRooms();
  const blocked = useBlocked();
  const { id, author, isOwn, createdAt } = hit.message;
  const roomId = 'roomId' in hit.target ? hit.target.roomId : 0;
  const route = { page: 'rooms', roomId, messageId: id ?? '' } as const;
  return (
    <a
      className="list-item hit"
      href={hrefOf(route)}
      onClick={(event) => {
        event.preventDefault();
        onClose();
        navigate(route);
      }}
    >
      <span className="list-text">
        <span className="list-line">
          <bdi className="list-name">{rooms.find((room) => room.id === roomId)?.name}</bdi>
          <span className="list-time">
            <BriefTime ms={Date.parse(createdAt)} />
          </span>
        </span>
        <span className="hit-text">
          {isOwn ? text.search.own : text.roomSearch.by(author)}
          {blocked.has(author) ? text.conversation.folded : <Excerpt hit={hit} />}
        </span>
      </span>
    </a>
  );
}
