import { type MirageClient, type Outputs, type Reason, reasonOf } from '../../client/index.ts';
import { lookAgainMs, mayPass, retrying } from './retrying.ts';
import { createStore, type Store } from './store.ts';

export type RoomMessage = Outputs['chat']['sendMessage'];

/** A place where messages were lost before they could be read. */
export interface Gap {
  id: string;
  isGap: true;
}

export type RoomEntry = RoomMessage | Gap;

export interface RoomFeedState {
  /** `ended`: the room does not exist any more, or not for this user. */
  status: 'loading' | 'live' | 'failed' | 'ended';
  /** Oldest first. */
  entries: readonly RoomEntry[];
  error?: unknown;
}

export interface RoomFeed extends Store<RoomFeedState> {
  /** Takes in a message that is known before it has arrived, such as one's own. */
  add(message: RoomMessage): void;
  /** Starts anew after a failure; otherwise it does nothing. */
  retry(): void;
  close(): void;
}

interface Handlers {
  /** A message that has just come, and is not part of the history. */
  onMessage(message: RoomMessage): void;
  onEnd(reason: Reason | undefined): void;
}

const maxEntries = 10_000;
/** Messages that come one by one are shown together, once for each frame. */
const frameMs = 16;
const ends: (Reason | undefined)[] = ['UNAUTHORIZED', 'NOT_A_MEMBER', 'ROOM_NOT_FOUND'];

/** What is held of a room, and what comes. Messages are in the order of the server, each of them once. */
export function createRoomFeed(client: MirageClient, roomId: number, handlers: Handlers): RoomFeed {
  const store = createStore<RoomFeedState>({ status: 'loading', entries: [] });
  const ids = new Set<string>();
  let entries: RoomEntry[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let subscription: { unsubscribe(): void } | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let isOpening = false;
  let isClosed = false;

  function show(change: Partial<RoomFeedState> = {}): void {
    clearTimeout(timer);
    timer = undefined;
    store.set({ ...store.get(), entries: [...entries], ...change });
  }

  function insert(message: RoomMessage): boolean {
    if (ids.has(message.id)) return false;
    ids.add(message.id);
    let at = entries.length;
    while (at > 0 && isAfter(entries[at - 1], message)) at -= 1;
    entries.splice(at, 0, message);
    if (entries.length > maxEntries)
      for (const { id } of entries.splice(0, entries.length - maxEntries)) ids.delete(id);
    timer ??= setTimeout(show, frameMs);
    return true;
  }

  function noteGap(): void {
    const last = entries.at(-1);
    if (last && 'isGap' in last) return;
    entries.push({ id: `gap after ${last?.id ?? 'nothing'}`, isGap: true });
    timer ??= setTimeout(show, frameMs);
  }

  function fail(error: unknown): void {
    const reason = reasonOf(error);
    subscription = undefined;
    show({ status: ends.includes(reason) ? 'ended' : 'failed', error });
    if (mayPass(error)) again = setTimeout(() => void open(), lookAgainMs);
    handlers.onEnd(reason);
  }

  function follow(): void {
    const lastEventId = entries.at(-1)?.id;
    subscription = client.chat.onMessage.subscribe(
      { roomId, ...(lastEventId !== undefined && { lastEventId }) },
      {
        onData(event) {
          if (!('data' in event)) noteGap();
          else if (insert(event.data.message)) handlers.onMessage(event.data.message);
        },
        onError: fail,
      },
    );
  }

  async function open(): Promise<void> {
    if (isOpening) return;
    isOpening = true;
    clearTimeout(again);
    try {
      const history = await retrying(() => client.chat.listMessages.query({ roomId }));
      if (isClosed) return;
      entries = [];
      ids.clear();
      for (const message of history) insert(message);
      show({ status: 'live', error: undefined });
      follow();
    } catch (error) {
      if (!isClosed) fail(error);
    } finally {
      isOpening = false;
    }
  }

  void open();
  return {
    get: store.get,
    subscribe: store.subscribe,
    add: (message) => void insert(message),
    retry() {
      if (store.get().status !== 'failed') return;
      show({ status: 'loading' });
      void open();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      clearTimeout(again);
      subscription?.unsubscribe();
    },
  };
}

/** A gap stays where it was found. */
function isAfter(entry: RoomEntry | undefined, message: RoomMessage): boolean {
  return entry !== undefined && !('isGap' in entry) && compareIds(entry.id, message.id) > 0;
}

/** Ids are `<ms>-<seq>` and rise with every message. */
export function compareIds(a: string, b: string): number {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs - bMs || aSeq - bSeq;
}
