import { useEffect, useState } from 'react';
import { type RoomFeed, reachesBack } from '../state/room-feed.ts';
import { useStore } from '../state/store.ts';

/**
 * Loads a room back to what has been read, where reading goes on. Undefined until that is done, once; `tooFar` if not
 * all unread messages could be loaded.
 */
export function useReadBack(feed: RoomFeed, mark: string | undefined): 'reached' | 'tooFar' | undefined {
  const state = useStore(feed);
  const isLive = state.status === 'live';
  const isThere = isLive && (mark === undefined || reachesBack(state, mark));
  const [outcome, setOutcome] = useState<'reached' | 'tooFar' | undefined>(isThere ? 'reached' : undefined);
  useEffect(() => {
    if (!isLive || outcome) return;
    let isCurrent = true;
    void (async () => {
      const isReached = mark === undefined || (await feed.loadBackTo(mark));
      if (isCurrent) setOutcome(isReached ? 'reached' : 'tooFar');
    })();
    return () => {
      isCurrent = false;
    };
  }, [feed, mark, isLive, outcome]);
  return outcome;
}
