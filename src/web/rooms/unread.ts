import { useSyncExternalStore } from 'react';
import { compareIds, type RoomFeed, type RoomFeedState } from '../state/room-feed.ts';
import { roomKey, type Seen } from '../state/seen.ts';
import { type Session, useSession } from '../state/session.ts';

/** Messages of others after the last one that was shown. */
export function countUnreadInRoom(
  { entries }: RoomFeedState,
  username: string,
  seenId: string | undefined,
): number {
  let count = 0;
  for (let at = entries.length - 1; at >= 0; at -= 1) {
    const entry = entries[at];
    if (!entry || 'isGap' in entry) continue;
    if (seenId !== undefined && compareIds(entry.id, seenId) <= 0) break;
    if (entry.username !== username) count += 1;
  }
  return count;
}

export function useUnreadInRoom(roomId: number): number {
  const session = useSession();
  return useSyncExternalStore(
    (listener) => watch(session, listener),
    () => unreadOf(session.feeds.get().get(roomId), roomId, session.username, session.seen),
  );
}

export function useUnreadInRooms(): number {
  const session = useSession();
  return useSyncExternalStore(
    (listener) => watch(session, listener),
    () =>
      [...session.feeds.get()].reduce(
        (sum, [roomId, feed]) => sum + unreadOf(feed, roomId, session.username, session.seen),
        0,
      ),
  );
}

function unreadOf(feed: RoomFeed | undefined, roomId: number, username: string, seen: Seen): number {
  return feed ? countUnreadInRoom(feed.get(), username, seen.get().get(roomKey(roomId))) : 0;
}

function watch({ feeds, seen }: Session, listener: () => void): () => void {
  let stops: (() => void)[] = [];
  function watchFeeds() {
    for (const stop of stops) stop();
    stops = [...feeds.get().values()].map((feed) => feed.subscribe(listener));
  }
  function onFeeds() {
    watchFeeds();
    listener();
  }
  watchFeeds();
  const stopFeeds = feeds.subscribe(onFeeds);
  const stopSeen = seen.subscribe(listener);
  return () => {
    stopFeeds();
    stopSeen();
    for (const stop of stops) stop();
  };
}
