import { useMutation, useQuery } from '@tanstack/react-query';
import type { Chat, RoomSummary } from '../../client/chat/index.ts';
import { type Outputs, reasonOf } from '../../client/index.ts';
import { useChat } from '../../client/react/index.ts';
import { navigate } from '../route.ts';
import { useSession } from '../session/session.ts';

export type Room = RoomSummary;

/** There are no events for members who come and go. */
const pollMs = 30_000;

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

/** Opens a room that the user has just joined, once the list contains it. */
async function openRoom({ rooms }: Chat, roomId: number): Promise<void> {
  const isListed = () => rooms.getSnapshot().items.some(({ id }) => id === roomId);
  if (!isListed())
    await new Promise<void>((resolve) => {
      const stop = rooms.subscribe(() => {
        if (!isListed()) return;
        stop();
        resolve();
      });
    });
  navigate({ page: 'rooms', roomId });
}

async function openNew(chat: Chat, joining: ReturnType<Chat['joinRoom']>): Promise<void> {
  const { target } = await joining;
  if ('roomId' in target) await openRoom(chat, target.roomId);
}

export function useJoinRoom() {
  const chat = useChat();
  return (room: Parameters<Chat['joinRoom']>[0]) => openNew(chat, chat.joinRoom(room));
}

export function useCreateRoom() {
  const chat = useChat();
  return (room: Parameters<Chat['createRoom']>[0]) => openNew(chat, chat.createRoom(room));
}

export function useJoinByInvite() {
  const { client } = useSession();
  const chat = useChat();
  return useMutation({
    mutationFn: (code: string) => client.chat.joinByInvite.mutate({ code }),
    onSuccess: ({ id }) => openRoom(chat, id),
  });
}

/** Leaves or deletes a room. Succeeds if it is already gone. */
export function useEndRoom(roomId: number, end: 'leave' | 'delete') {
  const { client } = useSession();
  const chat = useChat();
  return async () => {
    try {
      if (end === 'leave') await chat.conversation({ roomId }).leave();
      else await client.chat.deleteRoom.mutate({ roomId });
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== 'NOT_A_MEMBER' && reason !== 'ROOM_NOT_FOUND') throw error;
    }
    navigate({ page: 'rooms' });
  };
}
