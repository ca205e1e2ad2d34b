import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Conversation } from '../../client/chat/index.ts';
import { useReadable } from '../../client/react/index.ts';
import { refresh } from '../session/refresh.ts';
import { type Member, membersKey } from './use-rooms.ts';

/** Who is online in a room. */
export function usePresence(roomId: number, conversation: Conversation): ReadonlySet<string> {
  const queries = useQueryClient();
  const online = useReadable(conversation.online);
  const before = useRef(online);

  // A user who appears may be a new member, and one who disappears may have left the room.
  useEffect(() => {
    const isGone = [...before.current].some((name) => !online.has(name));
    before.current = online;
    if (online.size === 0) return; // not even the user: there is no connection
    const queryKey = membersKey(roomId);
    const known = queries.getQueryData<Member[]>(queryKey);
    const isNew = [...online].some((name) => !known?.some(({ username }) => username === name));
    if (known && (isGone || isNew)) void refresh(queries, queryKey);
  }, [queries, roomId, online]);

  return online;
}
