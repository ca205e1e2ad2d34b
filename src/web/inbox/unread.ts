import { useMemo } from 'react';
import { countUnread } from '../state/conversations.ts';
import { inboxKey, type Seen } from '../state/seen.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';

/** The newest message of a conversation that was shown here, or 0. */
export const seenIn = (seen: Seen, peer: string): number => Number(seen.get().get(inboxKey(peer)) ?? 0);

export function useUnreadInInbox(): number {
  const { inbox, seen, username } = useSession();
  const { conversations } = useStore(inbox);
  const marks = useStore(seen);
  return useMemo(
    () =>
      [...conversations].reduce(
        (sum, [peer, messages]) =>
          sum + countUnread(messages, username, Number(marks.get(inboxKey(peer)) ?? 0)),
        0,
      ),
    [conversations, marks, username],
  );
}
