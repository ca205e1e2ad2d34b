import { useMemo } from 'react';
import { totalUnread } from '../state/inbox.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';

export function useUnreadInInbox(): number {
  const state = useStore(useSession().inbox);
  return useMemo(() => totalUnread(state), [state]);
}
