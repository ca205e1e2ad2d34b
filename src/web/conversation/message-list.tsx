import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { text } from '../text.ts';
import { DownIcon } from '../ui/icons.tsx';
import { useIsVisible } from '../ui/visibility.ts';
import { type MessageActions, MessageRow } from './message-row.tsx';
import { buildRows, guessHeight, type Shown } from './rows.ts';

interface MessageListProps extends MessageActions {
  label: string;
  items: readonly Shown[];
  /** The message before which the reader had stopped, if any. */
  firstUnread: string | undefined;
  startNote: string;
  /** Where what is older begins; null when all is there. */
  older?: number | null;
  onLoadOlder?(): void;
  /** The newest message is before the reader's eyes. */
  onSeenEnd(): void;
}

const nearEndPx = 80;
const nearStartRows = 6;

/** Messages from the oldest to the newest, of which only those in view are in the page, however many there are. */
export function MessageList(props: MessageListProps) {
  const { label, items, firstUnread, startNote, older = null, onLoadOlder, onSeenEnd } = props;
  const hasOlder = older !== null;
  const scroller = useRef<HTMLElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const isVisible = useIsVisible();
  const rows = useMemo(() => buildRows(items, firstUnread, hasOlder), [items, firstUnread, hasOlder]);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => guessHeight(rows[index]),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEndPx,
    paddingStart: 8,
    paddingEnd: 12,
    onChange: (instance) => setAtEnd(instance.isAtEnd(nearEndPx)),
  });
  const visible = virtualizer.getVirtualItems();

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as the list is opened
  useLayoutEffect(() => virtualizer.scrollToEnd(), []);

  const last = items.at(-1);
  const lastKey = last?.key;
  const isLastOwn = last !== undefined && 'isOwn' in last && last.isOwn && last.state === 'sending';
  // Whoever writes wants to see it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: lastKey is what has changed
  useEffect(() => {
    if (isLastOwn) virtualizer.scrollToEnd();
  }, [lastKey, isLastOwn, virtualizer]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: lastKey is what has changed
  useEffect(() => {
    if (isAtEnd && isVisible) onSeenEnd();
  }, [isAtEnd, isVisible, lastKey]);

  const firstIndex = visible[0]?.index ?? Number.POSITIVE_INFINITY;
  const isNearStart = hasOlder && firstIndex < nearStartRows;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once more when a page has come
  useEffect(() => {
    if (isNearStart) onLoadOlder?.();
  }, [isNearStart, older]);

  const unseen = useUnseen(items, isAtEnd);

  /** The browser's own way ends where it guesses the ends to be. */
  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget || (event.key !== 'Home' && event.key !== 'End')) return;
    event.preventDefault();
    if (event.key === 'Home') virtualizer.scrollToIndex(0, { align: 'start' });
    else virtualizer.scrollToEnd();
  }

  return (
    <div className="messages">
      <section
        className="messages-scroller"
        ref={scroller}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be in reach of the keyboard
        tabIndex={0}
        data-testid="messages"
        onKeyDown={onKeyDown}
      >
        <ol className="messages-rows" style={{ height: virtualizer.getTotalSize() }}>
          {visible.map(({ key, index, start }) => {
            const row = rows[index];
            return (
              row && (
                <li
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  aria-setsize={hasOlder ? -1 : rows.length}
                  aria-posinset={index + 1}
                  className="messages-row"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <MessageRow row={row} startNote={startNote} actions={props} />
                </li>
              )
            );
          })}
        </ol>
      </section>
      {isNearStart && <p className="messages-older">{text.conversation.older}</p>}
      {!isAtEnd && (
        <button type="button" className="messages-to-end" onClick={() => virtualizer.scrollToEnd()}>
          <DownIcon />
          {unseen > 0 ? text.conversation.newMessages(unseen) : text.conversation.toEnd}
        </button>
      )}
    </div>
  );
}

/** How many messages have come since the reader left the end. */
function useUnseen(items: readonly Shown[], isAtEnd: boolean): number {
  const [seenKey, setSeenKey] = useState<string>();
  const lastKey = items.at(-1)?.key;
  useEffect(() => {
    if (isAtEnd) setSeenKey(lastKey);
  }, [isAtEnd, lastKey]);
  if (isAtEnd || seenKey === undefined) return 0;
  const at = items.findLastIndex(({ key }) => key === seenKey);
  return at < 0 ? 0 : items.length - 1 - at;
}
