import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { now } from '../clock.ts';
import { hrefOf } from '../route.ts';
import { countUnread, type InboxMessage } from '../state/conversations.ts';
import { inboxKey } from '../state/seen.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Badge } from '../ui/badge.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { InboxIcon, PlusIcon } from '../ui/icons.tsx';
import { later } from '../ui/later.tsx';
import { formatBriefly, Time } from '../ui/time.tsx';

const ComposeDialog = later(async () => (await import('./compose-dialog.tsx')).ComposeDialog);

export function InboxPane({ peer }: { peer: string | undefined }) {
  const { inbox } = useSession();
  const { status, conversations, error } = useStore(inbox);
  const [isComposing, setComposing] = useState(false);
  return (
    <div className="pane">
      <h2 className="pane-title">{text.inbox.title}</h2>
      {status === 'loading' && <Skeleton rows={5} />}
      {status === 'failed' && (
        <Failure title={text.inbox.failed} error={error} onRetry={() => void inbox.refresh()} />
      )}
      {status === 'ready' && conversations.size === 0 && (
        <div className="pane-scroller">
          <Empty icon={<InboxIcon />} title={text.inbox.none} hint={text.inbox.noneHint} />
        </div>
      )}
      {status === 'ready' && conversations.size > 0 && <Conversations current={peer} />}
      <div className="pane-actions">
        <button type="button" className="button button-primary" onClick={() => setComposing(true)}>
          <PlusIcon />
          {text.inbox.compose}
        </button>
      </div>
      {isComposing && <ComposeDialog onClose={() => setComposing(false)} />}
    </div>
  );
}

const rowPx = 64;

/** The one with the newest message first. Older ones are asked for: few people may have written very much. */
function Conversations({ current }: { current: string | undefined }) {
  const { inbox } = useSession();
  const { conversations, cursor } = useStore(inbox);
  const scroller = useRef<HTMLDivElement>(null);
  const sorted = useMemo(
    () =>
      [...conversations]
        .map(([peer, messages]) => ({ peer, messages, last: messages.at(-1) }))
        .sort((a, b) => (b.last?.id ?? 0) - (a.last?.id ?? 0)),
    [conversations],
  );
  const virtualizer = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => sorted[index]?.peer ?? index,
  });
  const rows = virtualizer.getVirtualItems();

  return (
    <div className="pane-scroller" ref={scroller}>
      <ul className="list list-virtual" style={{ height: virtualizer.getTotalSize() }}>
        {rows.map(({ key, index, start }) => {
          const row = sorted[index];
          return (
            row?.last && (
              <li key={key} style={{ transform: `translateY(${start}px)` }}>
                <Conversation
                  peer={row.peer}
                  messages={row.messages}
                  last={row.last}
                  isCurrent={row.peer === current}
                />
              </li>
            )
          );
        })}
      </ul>
      {cursor !== null && (
        <button
          type="button"
          className="button button-quiet pane-older"
          onClick={() => void inbox.loadOlder()}
        >
          {text.inbox.older}
        </button>
      )}
    </div>
  );
}

interface ConversationProps {
  peer: string;
  messages: readonly InboxMessage[];
  last: InboxMessage;
  isCurrent: boolean;
}

function Conversation({ peer, messages, last, isCurrent }: ConversationProps) {
  const { username, seen } = useSession();
  const unread = countUnread(messages, username, Number(useStore(seen).get(inboxKey(peer)) ?? 0));
  const sentMs = Date.parse(last.createdAt);
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
          <span className="list-time">
            <Time ms={sentMs}>{formatBriefly(sentMs, now())}</Time>
          </span>
        </span>
        <span className="list-line">
          <span className="list-snippet" dir="auto">
            {last.sender === username ? text.inbox.own(last.text) : last.text}
          </span>
          <Badge count={unread} />
        </span>
      </span>
    </a>
  );
}
