import type { Outputs } from '../exports.ts';
import type { Core, Work } from './core.ts';
import { tell } from './core.ts';
import { createList, type OwnedList } from './list.ts';
import { compare, placeOf } from './place.ts';
import type { EventOf } from './source.ts';
import type { News, RoomSummary } from './types.ts';

export type RoomNews = Pick<News, 'message' | 'mentionsMe'> & { roomId: number; isMuted: boolean };

/** The rooms of the user, by one subscription. */
export interface Rooms {
  readonly list: OwnedList<RoomSummary>;
  readonly work: Work;
  find(roomId: number): RoomSummary | undefined;
  /** The user may have read something. */
  touch(): void;
  /** Shows what was known at an earlier time. */
  restore(rooms: readonly RoomSummary[]): void;
  /** Whether the server's rooms are known, so that one that is missing is not joined. */
  readonly isKnown: boolean;
  onNews(listener: (news: RoomNews) => void): void;
  /** Are told that there are other public rooms than before. */
  readonly publicListeners: Set<() => void>;
}

/** `markOf`: the newest message that was read here, which the server may not know yet. */
export function createRooms(
  core: Core,
  { markOf, onChange }: { markOf(roomId: number): string | undefined; onChange(): void },
): Rooms {
  let rooms = new Map<number, RoomSummary>();
  /** Of a state that comes in parts. */
  let coming: Map<number, RoomSummary> | undefined;
  const told = new Map<number, string>();
  const news = new Set<(news: RoomNews) => void>();
  const publicListeners = new Set<() => void>();
  let isKnown = false;

  /** What was read here counts as read, whatever the server's number was a moment ago. */
  function shown(room: RoomSummary): RoomSummary {
    const mark = markOf(room.id);
    const { lastMessage } = room;
    const isRead = mark !== undefined && lastMessage && compare(placeOf(mark), placeOf(lastMessage.id)) >= 0;
    return isRead && room.unread + room.mentions > 0 ? { ...room, unread: 0, mentions: 0 } : room;
  }

  let cache = new Map<number, { room: RoomSummary; shown: RoomSummary }>();

  function update(): void {
    const next: typeof cache = new Map();
    for (const [id, room] of rooms) {
      const now = shown(room);
      const known = cache.get(id);
      const isSame =
        known?.room === room && known.shown.unread === now.unread && known.shown.mentions === now.mentions;
      next.set(id, isSame ? known : { room, shown: now });
    }
    cache = next;
    if (isKnown)
      list.set({
        status: 'ready',
        items: [...next.values()].map((entry) => entry.shown),
        isStale: !core.isConnected,
        error: null,
      });
    onChange();
  }

  /** Only what is newer than all that was known before is news, and not the first thing known of a room. */
  function learn(room: RoomSummary, isFirst: boolean): void {
    const before = rooms.get(room.id);
    const last = room.lastMessage;
    rooms.set(room.id, room);
    const toldId = told.get(room.id);
    const isNew = last && (toldId === undefined || compare(placeOf(last.id), placeOf(toldId)) > 0);
    told.set(room.id, isNew ? last.id : (toldId ?? '0-0'));
    if (!isNew || isFirst || !before || last.kind === 'system' || last.username === core.me.getSnapshot())
      return;
    const { id, username: author, text, createdAt } = last;
    const mentionsMe = room.mentions > before.mentions;
    const isMuted = room.mutedUntil !== null && Date.parse(room.mutedUntil) > core.clock.now();
    for (const listener of news)
      listener({ roomId: room.id, message: { id, author, text, createdAt }, mentionsMe, isMuted });
  }

  function receive(event: EventOf<Outputs['chat']['onRooms']>): void {
    let { touch } = core;
    if ('data' in event) {
      coming ??= new Map();
      for (const room of event.data.rooms) coming.set(room.id, room);
      if (!event.data.complete) return;
      const state = coming;
      coming = undefined;
      const isFirst = !isKnown;
      isKnown = true;
      for (const room of state.values()) learn(room, isFirst);
      rooms = state;
    } else if (event.type === 'publicRooms') tell(publicListeners);
    else if (event.type === 'left') rooms.delete(event.roomId);
    else if (event.type === 'unread') {
      const { type: _, roomId, ...counts } = event;
      const room = rooms.get(roomId);
      if (room) learn({ ...room, ...counts }, false);
      touch = core.touchLater;
    } else learn(event.room, false);
    touch(update);
  }

  let subscription: { unsubscribe(): void } | undefined;
  let stop = () => {};

  function restart(): void {
    stop();
    stop = core.persist(
      () =>
        new Promise<void>((_, reject) => {
          const release = core.hold();
          coming = undefined;
          subscription?.unsubscribe();
          subscription = core.client.chat.onRooms.subscribe(
            {},
            {
              onData(event) {
                receive(event);
                if (isKnown) release();
              },
              onConnectionStateChange({ state, error }) {
                coming = undefined;
                core.touch(update);
                if (state === 'connecting' && error) release();
              },
              onError(error) {
                release();
                core.check(error);
                reject(error);
              },
            },
          );
        }),
      (error) => list.set({ error, ...(!isKnown && { status: 'failed' }) }),
    );
  }

  const work = core.work(() => {
    restart();
    return () => {
      stop();
      subscription?.unsubscribe();
      list.set({ isStale: true });
    };
  });
  const list = createList<RoomSummary>(core, [work], { retry: restart });

  return {
    list,
    work,
    find: (roomId) => cache.get(roomId)?.shown ?? rooms.get(roomId),
    touch: () => core.touch(update),
    restore(items) {
      if (isKnown) return;
      rooms = new Map(items.map((room) => [room.id, room]));
      list.set({ status: 'ready', items });
      core.touch(update);
    },
    get isKnown() {
      return isKnown;
    },
    onNews: (listener) => void news.add(listener),
    publicListeners,
  };
}
