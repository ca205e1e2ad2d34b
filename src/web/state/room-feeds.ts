import type { RoomFeed } from './room-feed.ts';
import { createStore, type Store } from './store.ts';

/** The messages of the rooms that were on the screen last, by room id. A walk between them loads nothing again. */
export interface RoomFeeds extends Store<ReadonlyMap<number, RoomFeed>> {
  /** The room is on the screen. */
  open(roomId: number): void;
  close(roomId: number): void;
}

const maxFeeds = 3;

export function createRoomFeeds(create: (roomId: number) => RoomFeed): RoomFeeds {
  const store = createStore<ReadonlyMap<number, RoomFeed>>(new Map());

  function keep(feeds: ReadonlyMap<number, RoomFeed>): void {
    for (const [roomId, feed] of store.get()) if (!feeds.has(roomId)) feed.close();
    store.set(feeds);
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    open(roomId) {
      const feed = store.get().get(roomId) ?? create(roomId);
      const others = [...store.get()].filter(([id]) => id !== roomId);
      keep(new Map([...others, [roomId, feed] as const].slice(-maxFeeds))); // the latest one comes last
    },
    close(roomId) {
      keep(new Map([...store.get()].filter(([id]) => id !== roomId)));
    },
  };
}
