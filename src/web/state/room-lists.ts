import type { QueryClient } from '@tanstack/react-query';
import { type MirageClient, type Outputs, type Reason, reasonOf } from '../../client/index.ts';
import { compareIds } from './message-ids.ts';
import { refresh } from './refresh.ts';
import { isTransient, retryDelayMs } from './retry.ts';
import { roomKey } from './seen.ts';

export type Room = Outputs['chat']['listJoinedRooms'][number];

/** The newest message of a room, as it begins. */
export type RoomNews = NonNullable<Room['lastMessage']> & { roomId: number };

export const joinedRoomsKey = ['rooms', 'joined'];
export const publicRoomsKey = ['rooms', 'public'];

/** What is known of a room. */
export const findRoom = (queries: QueryClient, roomId: number): Room | undefined =>
  queries.getQueryData<Room[]>(joinedRoomsKey)?.find(({ id }) => id === roomId);

/** `seen`: the newest messages shown here; the server learns of them a moment later. */
export function unreadIn({ id, unread, lastMessage }: Room, seen: ReadonlyMap<string, string>): number {
  const seenId = seen.get(roomKey(id));
  const isSeen = lastMessage === null || (seenId !== undefined && compareIds(seenId, lastMessage.id) >= 0);
  return isSeen ? 0 : unread;
}

interface Handlers {
  /** How far the user has read in rooms, here or elsewhere. */
  onRead(rooms: readonly Pick<Room, 'id' | 'readUpTo'>[]): void;
  /** There is a newer message than before, perhaps the newest of several. */
  onNews(news: RoomNews): void;
  onLeft(roomId: number): void;
  onEnd(reason: Reason | undefined): void;
}

/**
 * What is unread is shown together for all rooms, so that busy ones cost little, and a moment later, so that the badge of
 * the room on the screen does not flicker: until then its message has been shown, and counts as seen.
 */
const flushMs = 50;

/** Keeps both lists of rooms as they are on the server, whoever changes them, until the returned function is called. */
export function followRoomLists(
  client: MirageClient,
  queries: QueryClient,
  { onRead, onNews, onLeft, onEnd }: Handlers,
): () => void {
  let subscription: { unsubscribe(): void } | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  /** Of a state that arrives in several events. */
  let arriving: Room[] = [];
  /** By room: the newest message that is known; what comes again after a reconnection is not new. */
  const newest = new Map<number, string>();
  /** By room: what is still to be shown. */
  const changes = new Map<number, Pick<Room, 'unread' | 'mentions' | 'readUpTo' | 'lastMessage'>>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function change(apply: (rooms: Room[]) => Room[]): void {
    queries.setQueryData<Room[]>(joinedRoomsKey, (rooms) => rooms && apply(rooms));
    // The answer to come may be from before this change.
    if (queries.isFetching({ queryKey: joinedRoomsKey })) void refresh(queries, joinedRoomsKey);
  }

  function flush(): void {
    timer = undefined;
    const shown = new Map(changes);
    changes.clear();
    change((rooms) => rooms.map((room) => (shown.has(room.id) ? { ...room, ...shown.get(room.id) } : room)));
  }

  /** In its place, or at the end. */
  const put = (room: Room) => {
    changes.delete(room.id);
    onRead([room]);
    change((rooms) =>
      rooms.some(({ id }) => id === room.id)
        ? rooms.map((known) => (known.id === room.id ? room : known))
        : [...rooms, room],
    );
  };

  /** What was said in a room before the user knew it is not new. */
  function learn(roomId: number, message: Room['lastMessage']): void {
    const before = newest.get(roomId);
    const isNewer = message !== null && (before === undefined || compareIds(message.id, before) > 0);
    newest.set(roomId, isNewer ? message.id : (before ?? '0'));
    if (isNewer && before !== undefined && message.kind === 'user') onNews({ ...message, roomId });
  }

  function leave(roomId: number): void {
    newest.delete(roomId);
    changes.delete(roomId);
    onLeft(roomId);
  }

  function start(rooms: Room[]): void {
    void queries.cancelQueries({ queryKey: joinedRoomsKey });
    changes.clear();
    queries.setQueryData(joinedRoomsKey, rooms);
    const joined = new Set(rooms.map(({ id }) => id));
    for (const roomId of [...newest.keys()]) if (!joined.has(roomId)) leave(roomId);
    for (const { id, lastMessage } of rooms) learn(id, lastMessage);
  }

  function open(): void {
    subscription = client.chat.onRooms.subscribe(
      {},
      {
        onStarted() {
          arriving = [];
        },
        onData(event) {
          failures = 0;
          if ('data' in event) {
            arriving.push(...event.data.rooms);
            onRead(event.data.rooms);
            if (!event.data.complete) return;
            start(arriving);
            arriving = [];
          } else if (event.type === 'joined' || event.type === 'updated') {
            put(event.room);
            learn(event.room.id, event.room.lastMessage);
          } else if (event.type === 'left') {
            leave(event.roomId);
            change((rooms) => rooms.filter(({ id }) => id !== event.roomId));
          } else if (event.type === 'unread') {
            const { type: _, roomId, ...changed } = event;
            onRead([{ id: roomId, readUpTo: event.readUpTo }]);
            changes.set(roomId, changed);
            timer ??= setTimeout(flush, flushMs);
            learn(roomId, event.lastMessage);
          } else if (event.type === 'publicRooms') void refresh(queries, publicRoomsKey);
          // Whether one has joined is part of that list, too.
          if (!('data' in event) && (event.type === 'joined' || event.type === 'left'))
            void refresh(queries, publicRoomsKey);
        },
        onError(error) {
          failures += 1;
          if (isTransient(error)) again = setTimeout(open, retryDelayMs(failures + 3, error));
          onEnd(reasonOf(error));
        },
      },
    );
  }

  open();
  return () => {
    clearTimeout(again);
    clearTimeout(timer);
    subscription?.unsubscribe();
  };
}
