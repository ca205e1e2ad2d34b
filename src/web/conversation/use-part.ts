import { useEffect, useRef, useState } from 'react';
import type { Conversation, Timeline, TimelineSnapshot } from '../../client/chat/index.ts';
import { useReadable } from '../../client/react/index.ts';
import { compareIds } from './compare-ids.ts';

/** With more unread messages than this, a conversation is opened at the first of them instead of at its end. */
const manyUnread = 50;

/** What a list of messages is to show. */
export interface Target {
  /** Of its row. */
  key: string;
  /** The message is gone, and this is the one before it. */
  isGone: boolean;
}

interface Shown {
  timeline: Timeline;
  /** Another number for each part. */
  turn: number;
  /** The user has asked for the end, and not for where reading stopped. */
  isEnd?: boolean;
}

/** The part of a conversation that is shown, with a message that is to be shown: at first, or later. */
export function usePart(conversation: Conversation, messageId: string | undefined) {
  const { status, unread } = useReadable(conversation.info);
  const around = (id: string) => conversation.window({ around: id });
  const [shown, setShown] = useState<Shown | undefined>(() =>
    messageId === undefined ? undefined : { timeline: around(messageId), turn: 0 },
  );
  const [wanted, setWanted] = useState(() => (messageId === undefined ? undefined : { id: messageId }));
  if (!shown && status !== 'loading') {
    const timeline = unread > manyUnread ? conversation.window({ firstUnread: true }) : conversation.messages;
    setShown({ timeline, turn: 0 });
  }
  const timeline = shown?.timeline ?? conversation.messages;
  const snapshot = useReadable(timeline);
  const target = useTarget(snapshot, wanted);

  // The first message has no row until the one before it is loaded.
  const isFirst = target !== undefined && snapshot.items[0]?.key === target.key;
  useEffect(() => {
    if (isFirst) timeline.loadOlder();
  }, [isFirst, timeline]);

  function jump(id: string): void {
    setWanted({ id });
    if (!snapshot.items.some((item) => item.kind !== 'gap' && item.id === id)) show(around(id));
  }
  const shownId = useRef(messageId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when there is another one to show
  useEffect(() => {
    if (messageId !== undefined && messageId !== shownId.current) jump(messageId);
    shownId.current = messageId;
  }, [messageId]);

  const show = (next: Timeline, isEnd = false) =>
    setShown((before) => ({ timeline: next, turn: (before?.turn ?? 0) + 1, isEnd }));
  return {
    timeline,
    /** Undefined until it is decided which part is shown. */
    snapshot: shown && snapshot,
    turn: shown?.turn ?? 0,
    /** Where reading goes on, if it began there. */
    firstUnread: shown?.isEnd ? undefined : (snapshot.firstUnread ?? undefined),
    target,

    /** Shows a message in its place. */
    jump,

    toEnd() {
      setWanted(undefined);
      if (snapshot.newer === 'end') return;
      conversation.messages.toLive();
      if (timeline !== conversation.messages) show(conversation.messages, true);
    },
  };
}

/** Determined once: a message that is deleted later has been shown. */
function useTarget(
  { status, items }: TimelineSnapshot,
  wanted: { id: string } | undefined,
): Target | undefined {
  const [found, setFound] = useState<{ wanted: typeof wanted; target: Target }>();
  if (found && found.wanted === wanted) return found.target;
  if (!wanted || status !== 'ready') return undefined;
  const delivered = items.flatMap((item) => (item.kind === 'gap' || item.id === null ? [] : [item]));
  const nearest = delivered.findLast(({ id }) => compareIds(id ?? '', wanted.id) <= 0) ?? delivered[0];
  const target = { key: nearest?.key ?? '', isGone: nearest?.id !== wanted.id };
  setFound({ wanted, target });
  return target;
}
