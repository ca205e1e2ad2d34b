import { useCallback, useEffect, useMemo } from 'react';
import type { Conversation } from '../../client/chat/index.ts';
import { useReadable } from '../../client/react/index.ts';
import { useSession } from '../session/session.ts';

/** What is pinned in an open room, the latest pin first. */
export function usePins({ pins }: Conversation) {
  const list = useReadable(pins);
  useEffect(() => {
    if (list.hasMore && !list.isLoadingMore) pins.loadMore();
  }, [pins, list]);
  return list;
}

/** The ids of the messages. */
export function usePinned(conversation: Conversation): ReadonlySet<string> {
  const { items } = usePins(conversation);
  return useMemo(() => new Set(items.flatMap(({ message }) => message.id ?? [])), [items]);
}

/** The list of pins shows it a moment later. */
export function useSetPinned(roomId: number) {
  const { client } = useSession();
  return useCallback(
    (id: string, isPinned: boolean) =>
      client.chat[isPinned ? 'pinMessage' : 'unpinMessage'].mutate({ roomId, id }),
    [client, roomId],
  );
}
