import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState } from 'react';
import type { PeerSummary } from '../../client/chat/index.ts';
import { useChat, useInbox, useReadable } from '../../client/react/index.ts';
import { MutedMark } from '../conversation/muted-mark.tsx';
import { usePlainText } from '../formatting/formatting.ts';
import { hrefOf } from '../route.ts';
import { useSession } from '../session/session.ts';
import { useStore } from '../store.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Badge } from '../ui/badge.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { BanIcon, InboxIcon, PlusIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { MoreButton } from '../ui/more-button.tsx';
import { BriefTime } from '../ui/time.tsx';
import { isSearching } from './message-search.ts';
import { SearchField } from './search-field.tsx';
import { SearchResults } from './search-results.tsx';

const ComposeDialog = lazyComponent(async () => (await import('./compose-dialog.tsx')).ComposeDialog);

interface InboxPaneProps {
  peer: string | undefined;
  messageId: number | undefined;
}

/** The conversations, or what was searched for. */
export function InboxPane({ peer, messageId }: InboxPaneProps) {
  const { search } = useSession();
  const [isComposing, setComposing] = useState(false);
  return (
    <section className="pane" aria-label={text.shell.inbox}>
      <SearchField peer={peer} />
      {isSearching(useStore(search)) ? (
        <SearchResults messageId={messageId} />
      ) : (
        <ConversationList peer={peer} />
      )}
      <div className="pane-actions">
        <button type="button" className="button button-primary" onClick={() => setComposing(true)}>
          <PlusIcon />
          {text.inbox.compose}
        </button>
      </div>
      {isComposing && <ComposeDialog onClose={() => setComposing(false)} />}
    </section>
  );
}

function ConversationList({ peer }: { peer: string | undefined }) {
  const { status, items, hasMore, loadMore, error, retry } = useInbox();
  const list = items.filter(({ lastMessage }) => lastMessage !== null); // emptied ones are not listed
  return (
    <>
      <h2 className="pane-title">{text.inbox.title}</h2>
      {status === 'loading' && <Skeleton rows={5} />}
      {status === 'failed' && <Failure title={text.inbox.failed} error={error?.cause} onRetry={retry} />}
      {status === 'ready' && list.length === 0 && (
        <div className="pane-scroller">
          <Empty icon={<InboxIcon />} title={text.inbox.none} hint={text.inbox.noneHint} />
        </div>
      )}
      {list.length > 0 && (
        <Conversations list={list} current={peer} onMore={hasMore ? loadMore : undefined} />
      )}
    </>
  );
}

const rowPx = 64;

interface ConversationsProps {
  list: PeerSummary[];
  current: string | undefined;
  onMore: (() => void) | undefined;
}

/** Most recent first. Older conversations are loaded on request. */
function Conversations({ list, current, onMore }: ConversationsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: list.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => list[index]?.peer.username ?? index,
  });
  const rows = virtualizer.getVirtualItems();

  return (
    <div className="pane-scroller" ref={scroller}>
      <ul className="list list-virtual" style={{ height: virtualizer.getTotalSize() }}>
        {rows.map(({ key, index, start }) => {
          const conversation = list[index];
          return (
            conversation && (
              <li key={key} style={{ transform: `translateY(${start}px)` }}>
                <ConversationLink
                  conversation={conversation}
                  isCurrent={conversation.peer.username === current}
                />
              </li>
            )
          );
        })}
      </ul>
      {onMore && <MoreButton onClick={onMore}>{text.inbox.older}</MoreButton>}
    </div>
  );
}

function ConversationLink({ conversation, isCurrent }: { conversation: PeerSummary; isCurrent: boolean }) {
  const { username } = useSession();
  const { lastMessage, unread, isBlocked } = conversation;
  const peer = conversation.peer.username;
  const isTyping = useReadable(useChat().conversation({ peer }).typing).length > 0;
  const words = usePlainText(lastMessage?.text ?? '');
  return (
    <a
      className={`list-item list-item-tall ${unread > 0 ? 'list-item-unread' : ''}`}
      href={hrefOf({ page: 'inbox', peer })}
      aria-current={isCurrent ? 'page' : undefined}
    >
      <Avatar username={peer} />
      <span className="list-text">
        <span className="list-line">
          <bdi className="list-name">{peer}</bdi>
          {isBlocked && (
            <span className="list-muted">
              <BanIcon />
              <span className="visually-hidden">{text.inbox.blocked}</span>
            </span>
          )}
          <MutedMark of={conversation} />
          {lastMessage && (
            <span className="list-time">
              <BriefTime ms={Date.parse(lastMessage.createdAt)} />
            </span>
          )}
        </span>
        <span className="list-line">
          <span className="list-snippet" dir="auto">
            {isTyping ? text.inbox.typing : lastMessage?.sender === username ? text.inbox.own(words) : words}
          </span>
          <Badge count={unread} />
        </span>
      </span>
    </a>
  );
}
