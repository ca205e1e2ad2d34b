import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Outputs, reasonOf } from '../../client/index.ts';
import { navigate } from '../route.ts';
import { useSession } from '../state/session.ts';

export type Room = Outputs['chat']['listJoinedRooms'][number];

/** Other people make and delete rooms, and nobody tells. */
const lookAgainMs = 30_000;

export function useJoinedRooms() {
  const { client } = useSession();
  return useQuery({
    queryKey: ['rooms', 'joined'],
    queryFn: () => client.chat.listJoinedRooms.query(),
  });
}

export function usePublicRooms() {
  const { client } = useSession();
  return useQuery({
    queryKey: ['rooms', 'public'],
    queryFn: () => client.chat.listPublicRooms.query(),
    refetchInterval: lookAgainMs,
  });
}

export type Member = Outputs['chat']['listMembers'][number];
export const membersKey = (roomId: number) => ['members', roomId];

export function useMembers(roomId: number) {
  const { client } = useSession();
  return useQuery({
    queryKey: membersKey(roomId),
    queryFn: () => client.chat.listMembers.query({ roomId }),
    refetchInterval: lookAgainMs,
  });
}

/** Opens the room when the lists know of it. */
function useOpenRoom() {
  const queries = useQueryClient();
  return async ({ id }: { id: number }) => {
    await queries.invalidateQueries({ queryKey: ['rooms'] });
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

export function useCreateRoom() {
  const { client } = useSession();
  const openRoom = useOpenRoom();
  const { mutateAsync } = useMutation({
    mutationFn: (room: { name: string; password?: string }) => client.chat.createRoom.mutate(room),
    onSuccess: openRoom,
  });
  return mutateAsync;
}

/** Leaves a room, or deletes it. That it is gone already is as good. */
export function useEndRoom(end: 'leaveRoom' | 'deleteRoom') {
  const { client } = useSession();
  const queries = useQueryClient();
  const { mutateAsync } = useMutation({
    async mutationFn(roomId: number) {
      try {
        await client.chat[end].mutate({ roomId });
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== 'NOT_A_MEMBER' && reason !== 'ROOM_NOT_FOUND') throw error;
      }
    },
    async onSuccess() {
      navigate({ page: 'rooms' });
      await queries.invalidateQueries({ queryKey: ['rooms'] });
    },
  });
  return mutateAsync;
}
