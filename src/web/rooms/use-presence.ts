import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { applyPresence, type Present } from '../../client/index.ts';
import { useSession } from '../state/session.ts';

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
          // Who comes may be new here. Who goes may have left for good, which is looked up in a while.
          if (event.type === 'change' && event.online)
            void queries.invalidateQueries({ queryKey: ['members', roomId] });
        },
        onError: () => setPresent(undefined), // the room's messages end with the same reason, and say it
      },
    );
    return () => subscription.unsubscribe();
  }, [client, queries, roomId]);

  return present;
}
