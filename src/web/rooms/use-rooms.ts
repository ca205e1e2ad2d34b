import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Outputs, reasonOf } from '../../client/index.ts';
import { navigate } from '../route.ts';
import { refresh } from '../state/refresh.ts';
import { joinedRoomsKey, publicRoomsKey, unreadIn } from '../state/room-lists.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';

export type { RoomSummary as Room } from '../../client/chat/index.ts';

/** There are no events for members who come and go. */
const pollMs = 30_000;

export function useJoinedRooms() {
  const { client } = useSession();
  return useQuery({
    queryKey: joinedRoomsKey,
    queryFn: () => client.chat.listJoinedRooms.query(),
  });
}

export function useUnreadInRooms(): number {
  const { data = [] } = useJoinedRooms();
  const seen = useStore(useSession().seen);
  return data.reduce((sum, room) => sum + unreadIn(room, seen), 0);
}

export function usePublicRooms() {
  const { client } = useSession();
  return useQuery({
    queryKey: publicRoomsKey,
    queryFn: () => client.chat.listPublicRooms.query(),
  });
}

export type Member = Outputs['chat']['listMembers'][number];
export const membersKey = (roomId: number) => ['members', roomId];

export function useMembers(roomId: number) {
  const { client } = useSession();
  return useQuery({
    queryKey: membersKey(roomId),
    queryFn: () => client.chat.listMembers.query({ roomId }),
    refetchInterval: pollMs,
  });
}

/** Opens the room once the lists contain it. */
function useOpenRoom() {
  const queries = useQueryClient();
  return async ({ id }: { id: number }) => {
    await refresh(queries, ['rooms']);
    navigate({ page: 'rooms', roomId: id });
  };
}

export function useJoinRoom() {
  const { client } = useSession();
  const openRoom = useOpenRoom();
  const { mutateAsync } = useMutation({
    mutationFn: (room: { name: string; password?: string }) => client.chat.joinRoom.mutate(room),
    onSuccess: openRoom,
  });
  return mutateAsync;
}

export function useJoinByInvite() {
  const { client } = useSession();
  return useMutation({
    mutationFn: (code: string) => client.chat.joinByInvite.mutate({ code }),
    onSuccess: useOpenRoom(),
  });
}

export function useCreateRoom() {
  const { client } = useSession();
  const openRoom = useOpenRoom();
  const { mutateAsync } = useMutation({
    mutationFn: (room: { name: string; password?: string; history?: 'kept' }) =>
      client.chat.createRoom.mutate(room),
    onSuccess: openRoom,
  });
  return mutateAsync;
}

/** Leaves or deletes a room. Succeeds if it is already gone. */
export function useEndRoom(end: 'leaveRoom' | 'deleteRoom') {
  const { client, beforeLeaving } = useSession();
  const queries = useQueryClient();
  const { mutateAsync } = useMutation({
    async mutationFn(roomId: number) {
      await beforeLeaving(roomId);
      try {
        await client.chat[end].mutate({ roomId });
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== 'NOT_A_MEMBER' && reason !== 'ROOM_NOT_FOUND') throw error;
      }
    },
    async onSuccess() {
      navigate({ page: 'rooms' });
      await refresh(queries, ['rooms']);
    },
  });
  return mutateAsync;
}
