import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { applyPresence, type Present } from '../../client/index.ts';
import { useSession } from '../state/session.ts';
import { type Member, membersKey } from './use-rooms.ts';

/** Who is in the room now; nothing is known before the server has told. */
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
          // Who comes may be new here, and who goes may have left for good.
          const queryKey = membersKey(roomId);
          const known = queries.getQueryData<Member[]>(queryKey);
          const isNew = (name: string) => !known?.some(({ username }) => username === name);
          if (event.offline || event.online?.some(isNew)) void queries.invalidateQueries({ queryKey });
        },
        onError: () => setPresent(undefined), // the room's messages end with the same reason, and say it
      },
    );
    return () => subscription.unsubscribe();
  }, [client, queries, roomId]);

  return present;
}
