import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Outputs } from '../../client/index.ts';
import { refresh } from '../state/refresh.ts';
import type { RoomFeed } from '../state/room-feed.ts';
import { useSession } from '../state/session.ts';
import type { Room } from './use-rooms.ts';

export type Pin = Outputs['chat']['listPins']['pins'][number];

const pinsKey = (roomId: number) => ['pins', roomId];

/** What is pinned in a room, the latest pin first: so many that they fit in one answer. */
export function usePins(roomId: number) {
  const { client } = useSession();
  return useQuery({
    queryKey: pinsKey(roomId),
    queryFn: async () => (await client.chat.listPins.query({ roomId })).pins,
  });
}

/** Keeps what is pinned up to date while the room is open. */
export function useFollowPins({ id: roomId }: Room, feed: RoomFeed): ReadonlySet<string> {
  const queries = useQueryClient();
  const { data } = usePins(roomId);
  useEffect(() => feed.onPins(() => void refresh(queries, pinsKey(roomId))), [feed, queries, roomId]);
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
