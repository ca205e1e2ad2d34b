import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { MirageClient, Outputs } from '../../client/index.ts';
import { Excerpt } from '../conversation/excerpt.tsx';
import { explain } from '../failure.ts';
import { hrefOf, navigate } from '../route.ts';
import { maxQueryLength } from '../state/search.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
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
import { type Room, useJoinedRooms } from './use-rooms.ts';

type Page = Outputs['chat']['search'];
type Hit = Page['hits'][number];

interface Wanted {
  query: string;
  roomId?: number;
}

/** Looks for messages in all of the user's rooms, or in the one that is given. */
export function RoomSearchDialog({ room, onClose }: { room?: Room; onClose(): void }) {
  const [wanted, setWanted] = useState<Wanted>();
  const words = text.roomSearch;
  return (
    <Modal title={words.title} onClose={onClose}>
      <Form
        submit={words.submit}
        onSubmit={async ({ query = '', where }) => {
          const isEverywhere = room === undefined || where === 'everywhere';
          setWanted({ query, ...(!isEverywhere && { roomId: room.id }) });
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
      {wanted && <Results wanted={wanted} onClose={onClose} />}
    </Modal>
  );
}

function Results({ wanted, onClose }: { wanted: Wanted; onClose(): void }) {
  const { client } = useSession();
  const { data, error, isPending, isError, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery({
      queryKey: ['room search', wanted],
      queryFn: ({ pageParam, signal }) => readPage(client, wanted, pageParam, signal),
      initialPageParam: null as string | null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      gcTime: 0, // messages may be edited and deleted
    });
  const hits = data?.pages.flatMap(({ hits }) => hits) ?? [];
  const count = hits.length;
  useEffect(() => {
    if (!isPending && !isError)
      announce(count === 0 ? text.search.none : text.search.found(count, hasNextPage));
  }, [count, isPending, isError, hasNextPage]);

  if (isPending) return <Skeleton rows={4} />;
  if (isError && !data)
    return <Failure title={text.search.failed} error={error} onRetry={() => void refetch()} />;
  if (count === 0 && !hasNextPage)
    return <Empty icon={<SearchIcon />} title={text.search.none} hint={text.search.noneHint} />;
  return (
    <>
      <ul className="list" aria-label={text.search.title} aria-busy={isFetchingNextPage}>
        {hits.map((hit) => (
          <li key={`${hit.message.roomId} ${hit.message.id}`}>
            <HitLink hit={hit} onClose={onClose} />
          </li>
        ))}
      </ul>
      {isError && <Notice kind="error">{explain(error)}</Notice>}
      {hasNextPage && (
        <MoreButton aria-disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? text.search.loadingMore : text.search.more}
        </MoreButton>
      )}
    </>
  );
}

function HitLink({ hit, onClose }: { hit: Hit; onClose(): void }) {
  const { data: rooms = [] } = useJoinedRooms();
  const { username, inbox } = useSession();
  const { blocked } = useStore(inbox);
  const { id, roomId, username: author, createdAt } = hit.message;
  const route = { page: 'rooms', roomId, messageId: id } as const;
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
          {author === username ? text.search.own : text.roomSearch.by(author)}
          {blocked.has(author) ? text.conversation.folded : <Excerpt hit={hit} />}
        </span>
      </span>
    </a>
  );
}

/** Calls to find the next hit, before the user is asked whether to go on. */
const maxCalls = 10;

/** The next page with hits: those without are not the end. */
async function readPage(
  client: MirageClient,
  wanted: Wanted,
  from: string | null,
  signal: AbortSignal,
): Promise<Page> {
  for (let [cursor, calls] = [from, 1]; ; calls += 1) {
    const page: Page = await client.chat.search.query({ ...wanted, cursor }, { signal });
    if (page.hits.length > 0 || page.nextCursor === null || calls === maxCalls) return page;
    cursor = page.nextCursor;
  }
}
