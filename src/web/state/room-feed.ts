import { type MirageClient, type Reason, reasonOf } from '../../client/index.ts';
import { compareIds } from './message-ids.ts';
import { isTransient, retryDelayMs } from './retry.ts';
import { applyChange } from './room-changes.ts';
import { createRoomPages, type RoomPage } from './room-pages.ts';
import type { RoomChange, RoomEntry, RoomEvent, RoomMessage } from './room-types.ts';
import { createStore, type Store } from './store.ts';

export interface RoomFeedState {
  /** `ended`: the room was deleted, or the user is no longer a member. */
  status: 'loading' | 'live' | 'failed' | 'ended';
  /** Oldest first. */
  entries: readonly RoomEntry[];
  /** Cursor of the next older page; null when the server has nothing older. */
  older: string | null;
  /** Cursor of the next newer page; null where new messages are shown as they come. */
  newer: string | null;
  /** Another number each time another part of the room is loaded. */
  turn: number;
  /** Whether events have been arriving, so that what is read from now on is kept up to date. */
  isFollowing: boolean;
  error?: unknown;
}

export interface RoomFeed extends Store<RoomFeedState> {
  /** Adds a message that is known before its event arrives, such as one's own. */
  add(message: RoomMessage): void;
  /** Calls the listener for new messages, not for history. Returns a function that unsubscribes. */
  onMessage(listener: (message: RoomMessage) => void): () => void;
  /** Whether a message that was loaded has been deleted since. */
  isGone(id: string): boolean;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Loads new URLs of a message's files. */
  renew(id: string): Promise<void>;
  /** Loads the part of the room around a message, unless that is loaded. Resolves to false if another part was asked for since. */
  showAround(id: string): Promise<boolean>;
  /** Loads the newest messages, unless they are loaded. */
  showEnd(): Promise<void>;
  /** Loads back to a message, unless that is too far. Says whether it, or the beginning, was reached. */
  loadBackTo(id: string): Promise<boolean>;
  /** Loads again what could not be loaded. */
  retry(): void;
  close(): void;
}

interface Handlers {
  onEnd(reason: Reason | undefined): void;
  /** Other messages are pinned than before, or may be. */
  onPins(): void;
}

/** Beyond that, and what the user has scrolled back to, the oldest are dropped. */
const maxEntries = 10_000;
const firstPageSize = 100;
const pageSize = 200;
/** How many messages are loaded at most to find the first unread one. */
const maxUnreadSearch = 2000;
/** Updates are batched once per frame. */
const flushMs = 16;
const terminalReasons: (Reason | undefined)[] = ['UNAUTHORIZED', 'NOT_A_MEMBER', 'ROOM_NOT_FOUND'];

/** The newest messages of a room, older ones on request, and live ones: in server order and without duplicates. */
export function createRoomFeed(client: MirageClient, roomId: number, { onEnd, onPins }: Handlers): RoomFeed {
  const store = createStore<RoomFeedState>({
    status: 'loading',
    entries: [],
    older: null,
    newer: null,
    turn: 0,
    isFollowing: false,
  });
  const listeners = new Set<(message: RoomMessage) => void>();
  const ids = new Set<string>();
  const gone = new Set<string>();
  let entries: RoomEntry[] = [];
  const pages = createRoomPages(client, roomId);
  let hasOlder = false;
  /** Messages that arrive are not shown then: there would be a hole before them. */
  let hasNewer = false;
  let turn = 0;
  let wantedParts = 0;
  let limit = maxEntries;
  let loading: Promise<void> | undefined;
  let loadingNewer: Promise<void> | undefined;
  let lacksPage = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let subscription: { unsubscribe(): void } | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isOpening = false;
  let isClosed = false;

  function show(change: Partial<RoomFeedState> = {}): void {
    clearTimeout(timer);
    timer = undefined;
    store.set({
      ...store.get(),
      entries: [...entries],
      older: cursor(),
      newer: newerCursor(),
      turn,
      ...change,
    });
  }

  function insert(message: RoomMessage): boolean {
    if (ids.has(message.id)) return false;
    if (hasNewer) return true;
    ids.add(message.id);
    let at = entries.length;
    while (at > 0 && isAfter(entries[at - 1], message)) at -= 1;
    entries.splice(at, 0, message);
    trim();
    timer ??= setTimeout(show, flushMs);
    return true;
  }

  function trim(): void {
    const excess = entries.length - limit;
    if (excess <= 0 || loading !== undefined) return;
    const dropped = entries.splice(0, excess);
    // What is missing in a gap is no longer between two entries.
    if (isGap(entries[0])) entries.shift();
    for (const { id } of dropped) ids.delete(id);
    hasOlder = true;
  }

  const cursor = (): string | null => (hasOlder ? (entries[0]?.id ?? null) : null);
  const newerCursor = (): string | null => (hasNewer ? (entries.at(-1)?.id ?? null) : null);

  /** Shows a page in place of all that is loaded. */
  function startFrom(page: RoomPage): void {
    entries = page.messages;
    ids.clear();
    gone.clear();
    for (const { id } of entries) ids.add(id);
    hasOlder = page.hasMoreBefore;
    hasNewer = page.hasMoreAfter;
    limit = maxEntries;
  }

  function change(data: RoomChange): void {
    if (data.type === 'deleted' && ids.has(data.id)) gone.add(data.id);
    entries = applyChange(entries, data);
    timer ??= setTimeout(show, flushMs);
  }

  /** Deletions may have been missed: shows what has become of the newest messages. What is older than those stays. */
  async function refreshNewest(): Promise<void> {
    const around = newerCursor();
    if (around !== null) {
      await showPart({ around }).catch(() => {}); // the next gap asks again
      return;
    }
    const page = await pages.read({ limit: pageSize }).catch(() => undefined);
    if (isClosed || hasNewer || !page) return;
    const first = page.messages[0] ?? { id: '0-0' }; // of an empty room, nothing is left
    const known = new Map(page.messages.map((message) => [message.id, message]));
    const isCovered = (entry: RoomEntry) =>
      !isGap(entry) && compareIds(entry.id, first.id) >= 0 && compareIds(entry.id, page.upTo) <= 0;
    for (const entry of entries) if (isCovered(entry) && !known.has(entry.id)) gone.add(entry.id);
    entries = entries.filter(({ id }) => !gone.has(id)).map((entry) => known.get(entry.id) ?? entry);
    show();
  }

  async function loadPage(before: string): Promise<void> {
    lacksPage = false;
    try {
      const page = await pages.read({ before, limit: pageSize });
      // It may have been loaded anew in the meantime.
      if (isClosed || cursor() !== before) return;
      entries = [...page.messages, ...entries];
      for (const { id } of page.messages) ids.add(id);
      limit = entries.length + maxEntries;
      hasOlder = page.hasMoreBefore;
      show();
    } catch {
      lacksPage = true; // Scrolling, or the next connection, asks for it again.
    } finally {
      loading = undefined;
    }
  }

  async function loadOlder(): Promise<void> {
    const before = cursor();
    if (before !== null) loading ??= loadPage(before);
    await loading;
  }

  async function loadPageAfter(after: string): Promise<void> {
    try {
      const page = await pages.read({ after, limit: pageSize });
      // Another part may have been loaded in the meantime.
      if (isClosed || newerCursor() !== after) return;
      entries = [...entries, ...page.messages];
      for (const { id } of page.messages) ids.add(id);
      hasNewer = page.hasMoreAfter;
      show();
    } catch {
      // Scrolling asks for it again.
    } finally {
      loadingNewer = undefined;
    }
  }

  async function loadNewer(): Promise<void> {
    const after = newerCursor();
    if (after !== null) loadingNewer ??= loadPageAfter(after);
    await loadingNewer;
  }

  async function showPart(range: { around?: string }): Promise<boolean> {
    wantedParts += 1;
    const wanted = wantedParts;
    const page = await pages.read({ ...range, limit: pageSize });
    // The part that was asked for last is shown.
    if (isClosed || wanted !== wantedParts) return false;
    startFrom(page);
    turn += 1;
    show();
    return true;
  }

  function addGap(): void {
    const last = entries.at(-1);
    if (!last || 'isGap' in last || hasNewer) return;
    entries.push({ id: `gap after ${last.id}`, isGap: true });
    timer ??= setTimeout(show, flushMs);
  }

  function fail(error: unknown): void {
    const reason = reasonOf(error);
    subscription = undefined;
    show({ status: terminalReasons.includes(reason) ? 'ended' : 'failed', error });
    failures += 1;
    if (isTransient(error)) again = setTimeout(() => void open(), retryDelayMs(failures + 3, error));
    onEnd(reason);
  }

  function follow(lastEventId: string): void {
    subscription = client.chat.onMessage.subscribe(
      { roomId, lastEventId },
      {
        onStarted() {
          // Events about pins are lost while there is no connection.
          if (store.get().isFollowing) onPins();
          else show({ isFollowing: true });
        },
        onData(event) {
          if ('data' in event) return receive(event);
          if (event.type === 'pins') return onPins();
          addGap();
          void refreshNewest();
        },
        onError: fail,
      },
    );
  }

  function receive(event: RoomEvent): void {
    pages.note(event);
    const { data } = event;
    if (data.type !== 'message') change(data);
    else if (insert(data.message)) for (const listener of [...listeners]) listener(data.message);
  }

  async function open(): Promise<void> {
    if (isOpening) return;
    isOpening = true;
    clearTimeout(again);
    try {
      const page = await pages.read({ limit: firstPageSize });
      if (isClosed) return;
      startFrom(page);
      show({ status: 'live', error: undefined });
      failures = 0;
      follow(page.position);
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
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isGone: (id) => gone.has(id),
    loadOlder,
    loadNewer,
    async renew(id) {
      const { messages } = await pages.read({ around: id, limit: 1 });
      const attachments = messages.find((message) => message.id === id)?.attachments;
      if (isClosed || !attachments) return;
      entries = entries.map((entry) => (entry.id === id ? { ...entry, attachments } : entry));
      show();
    },
    async showAround(id) {
      return ids.has(id) || showPart({ around: id });
    },
    async showEnd() {
      wantedParts += 1;
      if (hasNewer) await showPart({});
    },
    async loadBackTo(id) {
      let before: string | null | undefined;
      // A page that could not be loaded leaves the cursor where it was.
      while (!reachesBack(store.get(), id) && entries.length < maxUnreadSearch && cursor() !== before) {
        before = cursor();
        await loadOlder();
      }
      return reachesBack(store.get(), id);
    },
    retry() {
      if (lacksPage) void loadOlder();
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

/** Whether everything after this message is loaded. */
export function reachesBack({ entries, older }: RoomFeedState, id: string): boolean {
  const first = entries[0];
  return older === null || (first !== undefined && compareIds(first.id, id) <= 0);
}

const isGap = (entry: RoomEntry | undefined): boolean => entry !== undefined && 'isGap' in entry;

/** Gaps keep their position. */
const isAfter = (entry: RoomEntry | undefined, message: RoomMessage): boolean =>
  entry !== undefined && !isGap(entry) && compareIds(entry.id, message.id) > 0;
