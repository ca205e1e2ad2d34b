import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { isPicture } from '../files/shown-file.ts';
import { text } from '../text.ts';
import { DownIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { usePrinting } from '../ui/printing.ts';
import { type ListActions, type MessageActions, MessageRow } from './message-row.tsx';
import { buildRows, estimateHeight, type Item, isDelivered, isMessage, type Row } from './rows.ts';
import { useFollowEnd } from './use-follow-end.ts';

const Lightbox = lazyComponent(async () => (await import('../files/lightbox.tsx')).Lightbox);

interface MessageListProps extends MessageActions {
  label: string;
  items: readonly Item[];
  /** Key of the first unread message, if any. */
  firstUnread: string | undefined;
  startNote: string;
  /** How many messages the user has not read. */
  unread: number;
  /** Whether there are messages before and after these, to be loaded. */
  hasOlder: boolean;
  onLoadOlder(): void;
  hasNewer: boolean;
  onLoadNewer(): void;
  /** Loads the end, if it is not loaded. */
  onToEnd(): void;
  /** The message to show; another object shows it again. `isGone`: it stands in for one that has been deleted. */
  target?: { key: string; isGone?: boolean } | undefined;
  username: string;
  /** Called with the key of the newest message in view, and with null when none is any longer. */
  onSeen(key: string | null): void;
}

const nearEndRows = 6;

/** Messages, oldest first. Only visible rows are rendered, except to print them. */
export function MessageList(props: MessageListProps) {
  const { label, items, firstUnread, unread, startNote, hasOlder, onLoadOlder, onSeen } = props;
  const { hasNewer, onLoadNewer, onToEnd, target, username } = props;
  const scroller = useRef<HTMLElement>(null);
  const rows = useMemo(() => buildRows(items, firstUnread, hasOlder), [items, firstUnread, hasOlder]);

  const targetAt = target === undefined ? -1 : rows.findIndex(({ key }) => key === target.key);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimateHeight(rows[index]),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    anchorTo: 'end',
    paddingStart: 8,
    paddingEnd: 12,
  });
  const visible = virtualizer.getVirtualItems();
  const isPrinting = usePrinting();
  const rendered = isPrinting ? rows.map(({ key }, index) => ({ key, index, start: 0 })) : visible;

  const { isFollowing, follow } = useFollowEnd(scroller, () => virtualizer.scrollToEnd(), {
    startsAtEnd: firstUnread === undefined && targetAt < 0,
    hasEnd: !hasNewer,
  });
  function jumpToEnd() {
    if (hasNewer) return onToEnd();
    follow(true);
    virtualizer.scrollToEnd();
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the user jumps
  useLayoutEffect(() => {
    if (targetAt < 0) return;
    follow(false);
    virtualizer.scrollToIndex(targetAt, { align: 'center' });
  }, [target]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the list is mounted
  useLayoutEffect(() => {
    if (targetAt >= 0) return;
    const unreadAt = rows.findIndex(({ kind }) => kind === 'unread');
    if (unreadAt < 0) virtualizer.scrollToEnd();
    else virtualizer.scrollToIndex(unreadAt, { align: 'start' });
  }, []);

  const last = items.at(-1);
  const lastKey = last?.key;
  const isLastOwn = last !== undefined && 'isOwn' in last && last.isOwn && last.state === 'sending';
  // Scroll to one's own new message.
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when lastKey changes
  useEffect(() => {
    if (isLastOwn) jumpToEnd();
  }, [lastKey, isLastOwn]);

  const bottomPx = (virtualizer.scrollOffset ?? 0) + (virtualizer.scrollRect?.height ?? 0);
  const seenIndex = isFollowing
    ? rows.length - 1
    : (visible.findLast(({ end }) => end <= bottomPx)?.index ?? -1);
  const seenKey = newestDelivered(rows, seenIndex);
  useEffect(() => onSeen(seenKey ?? null), [onSeen, seenKey]);
  useEffect(() => () => onSeen(null), [onSeen]);

  // Before the list is scrolled to where reading starts, which takes a frame, it is at its start.
  const [isPlaced, setPlaced] = useState(false);
  useEffect(() => {
    const frame = requestAnimationFrame(() => setPlaced(true));
    return () => cancelAnimationFrame(frame);
  }, []);
  const firstIndex = visible[0]?.index ?? Number.POSITIVE_INFINITY;
  const isNearStart = hasOlder && isPlaced && firstIndex < nearEndRows;
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs again when a page has been loaded
  useEffect(() => {
    if (isNearStart) onLoadOlder();
  }, [isNearStart, items[0]?.key]);

  const lastIndex = visible.at(-1)?.index ?? 0;
  const isNearEnd = hasNewer && lastIndex >= rows.length - nearEndRows;
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs again when a page has been loaded
  useEffect(() => {
    if (isNearEnd) onLoadNewer();
  }, [isNearEnd, lastKey]);

  const [picture, setPicture] = useState<string>();
  const latest = useRef(props);
  latest.current = props;
  const { menu } = props;
  // The same object, so that rows are rendered only when they have changed.
  const actions = useMemo<ListActions>(
    () => ({
      onPerson: (name) => latest.current.onPerson(name),
      onRetry: (key) => latest.current.onRetry(key),
      onDiscard: (key) => latest.current.onDiscard(key),
      onExpired: (key) => latest.current.onExpired(key),
      onQuote: (id) => latest.current.onQuote(id),
      onPicture: setPicture,
      menu,
    }),
    [menu],
  );
  const pictures = useMemo(() => (picture === undefined ? [] : picturesOf(items)), [items, picture]);

  const below = useUnseen(items, seenKey);
  const unseen = hasNewer ? unread : below;

  /** Native scrolling would stop at the estimated ends. */
  function onKeyDown(event: KeyboardEvent) {
    if (event.target !== event.currentTarget || (event.key !== 'Home' && event.key !== 'End')) return;
    event.preventDefault();
    if (event.key === 'End') return jumpToEnd();
    follow(false);
    virtualizer.scrollToIndex(0, { align: 'start' });
  }

  return (
    <div className="messages">
      <section
        className="messages-scroller"
        ref={scroller}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be focusable
        tabIndex={0}
        data-testid="messages"
        onKeyDown={onKeyDown}
      >
        <ol className="messages-rows" style={{ height: virtualizer.getTotalSize() }}>
          {rendered.map(({ key, index, start }) => {
            const row = rows[index];
            return (
              row && (
                <li
                  key={key}
                  ref={isPrinting ? undefined : virtualizer.measureElement}
                  data-index={index}
                  aria-setsize={hasOlder ? -1 : rows.length}
                  aria-posinset={index + 1}
                  className="messages-row"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <MessageRow
                    row={row}
                    startNote={startNote}
                    isTarget={row.key === target?.key && !target.isGone}
                    username={username}
                    actions={actions}
                  />
                </li>
              )
            );
          })}
        </ol>
      </section>
      {isNearStart && <p className="messages-older">{text.conversation.older}</p>}
      {!isFollowing && (
        <button type="button" className="messages-to-end" onClick={jumpToEnd}>
          <DownIcon />
          {unseen > 0 ? text.conversation.newMessages(unseen) : text.conversation.toEnd}
        </button>
      )}
      {picture !== undefined && (
        <Lightbox
          pictures={pictures}
          shown={picture}
          onShow={setPicture}
          onClose={() => setPicture(undefined)}
        />
      )}
    </div>
  );
}

/** Those that the list shows. */
const picturesOf = (items: readonly Item[]) =>
  items.flatMap((item) => (isMessage(item) && !item.isFolded ? (item.files ?? []).filter(isPicture) : []));

/** Key of the newest message up to a row that the server has. */
function newestDelivered(rows: readonly Row[], index: number): string | undefined {
  for (let at = index; at >= 0; at -= 1) {
    const row = rows[at];
    if (row?.kind === 'message' && isDelivered(row.message)) return row.key;
  }
  return undefined;
}

/** Number of messages after the newest one seen in this list. */
function useUnseen(items: readonly Item[], seenKey: string | undefined): number {
  const [newestKey, setNewestKey] = useState<string>();
  const indexOf = (wanted: string | undefined) => items.findLastIndex(({ key }) => key === wanted);
  const seenAt = Math.max(indexOf(seenKey), indexOf(newestKey));
  const nextKey = items[seenAt]?.key;
  useEffect(() => setNewestKey(nextKey), [nextKey]);
  if (seenAt < 0) return 0;
  return items.slice(seenAt + 1).filter(isMessage).length;
}
