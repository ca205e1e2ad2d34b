import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { MirageClient, Outputs } from '../../client/index.ts';
import { pinsKey } from '../state/pins.ts';
import { refresh } from '../state/refresh.ts';
import type { RoomFeed } from '../state/room-feed.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';

type Pin = Outputs['chat']['listPins']['pins'][number];

/** What is pinned in an open room, the latest pin first. */
export function usePins(roomId: number, feed: RoomFeed) {
  const { client } = useSession();
  const { isFollowing } = useStore(feed);
  return useQuery({
    queryKey: pinsKey(roomId),
    queryFn: () => loadPins(client, roomId),
    enabled: isFollowing, // a change before that would go unnoticed
  });
}

async function loadPins(client: MirageClient, roomId: number): Promise<Pin[]> {
  const all: Pin[] = [];
  let cursor: number | null = null;
  do {
    const { pins, nextCursor }: Outputs['chat']['listPins'] = await client.chat.listPins.query({
      roomId,
      cursor,
    });
    all.push(...pins);
    cursor = nextCursor;
  } while (cursor !== null);
  return all;
}

export function usePinned(roomId: number, feed: RoomFeed): ReadonlySet<string> {
  const { data } = usePins(roomId, feed);
  return useMemo(() => new Set(data?.map(({ message }) => message.id)), [data]);
}

/** Resolves once the list of pins shows it. */
export function useSetPinned(roomId: number) {
  const { client } = useSession();
  const queries = useQueryClient();
  return async (id: string, isPinned: boolean) => {
    await client.chat[isPinned ? 'pinMessage' : 'unpinMessage'].mutate({ roomId, id });
    await refresh(queries, pinsKey(roomId));
  };
}
