import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { applyPresence, type Present } from '../../client/index.ts';
import { refresh } from '../state/refresh.ts';
import { useSession } from '../state/session.ts';
import { type Member, membersKey } from './use-rooms.ts';

/** Who is online in the room; undefined until the server has answered. */
export function usePresence(roomId: number): Present | undefined {
  const { client } = useSession();
  const queries = useQueryClient();
  const [present, setPresent] = useState<Present>();

  useEffect(() => {
    const subscription = client.chat.onPresence.subscribe(
      { roomId },
      {
        onData(event) {
          setPresent((before) => applyPresence(before, event));
          if (event.type !== 'change') return;
          // A user who appears may be a new member, and one who disappears may have left the room.
          const queryKey = membersKey(roomId);
          const known = queries.getQueryData<Member[]>(queryKey);
          const isNew = (name: string) => !known?.some(({ username }) => username === name);
          if (event.offline || event.online?.some(isNew)) void refresh(queries, queryKey);
        },
        onError: () => setPresent(undefined), // the message subscription reports the same error
      },
    );
    return () => subscription.unsubscribe();
  }, [client, queries, roomId]);

  return present;
}
