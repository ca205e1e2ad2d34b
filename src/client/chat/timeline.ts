import { type Cell, type Core, errorOf, type Work } from './core.ts';
import { emptyTimeline } from './empty.ts';
import { type Context, createItems, keyOfMessage } from './messages.ts';
import type { Entry } from './outbox.ts';
import { type Part, partOf } from './parts.ts';
import { compare, placeOf } from './place.ts';
import type { Source, Wanted } from './source.ts';
import { type Change, createStrip, type Delivered, type Strip } from './strip.ts';
import type { ChatError, Edge, Timeline, TimelineSnapshot } from './types.ts';

/** A window, as its conversation sees it. */
export interface Window extends Timeline {
  readonly strip: Strip;
  /** What it shows, to be stored; undefined if that is not certain. */
  readonly part: Part | undefined;
  /** Shows what was known at an earlier time, until a page has come. */
  restore(part: Part): void;
  /** It shows that, as no page has come. */
  readonly isRestored: boolean;
  /** Whether somebody watches it. */
  readonly isWatched: boolean;
  /** Reads what it shows, as events are missing or have not begun. */
  refresh(): void;
  event(change: Change): void;
  /** The conversation has changed. */
  touch(): void;
  /** Nobody watches it any more. */
  rest(): void;
}

/** What a window needs of its conversation. */
export interface Owner {
  core: Core;
  source: Source;
  work: Work;
  isEphemeral(): boolean;
  /** Called for each answer: from its position on, events are needed, unless they come already. */
  onPage(position: string, from: Window): void;
  onMessages(messages: readonly Delivered[]): void;
  outgoing(): readonly Entry[];
  context(): Context;
  /** Null until the conversation's own state is known. */
  ending(): { error: ChatError } | null;
  isStale(): boolean;
  /** Up to where the user has read; undefined until it is known. */
  readUpTo(): string | null | undefined;
  /** Its number of watchers has changed. */
  onWatch(window: Window): void;
  onSeen(id: string | null): void;
  /** What it shows may have changed. */
  onUpdate(window: Window): void;
}

/** Pages read by themselves to fill a gap. */
const maxFills = 3;

/** What is kept of a window that nobody watches. */
const restSize = 50;

/** `at`: null for the window at the live end. */
export function createTimeline(owner: Owner, at: { around: string } | { firstUnread: true } | null): Window {
  const { core, source } = owner;
  const strip = createStrip(owner.isEphemeral);
  const makeItems = createItems();
  let watchers = 0;
  let hasPage = false;
  let isRestored = false;
  let error: ChatError | null = null;
  let unreadBelow = 0;
  let fills = 0;
  /** Null: nothing was unread. Undefined: not known yet. */
  let firstUnread: string | null | undefined;
  const edges: Record<'older' | 'newer', 'loading' | 'failed' | undefined> = {
    older: undefined,
    newer: undefined,
  };
  let stopReading: (() => void) | undefined;
  let loaded: { promise: Promise<void>; resolve(): void } | undefined;
  /** Another one each time another part is shown. */
  let turn = 0;
  let isOpening = false;
  let isWanted = false;

  const cell: Cell<TimelineSnapshot> = core.cell(emptyTimeline, owner.work);

  function edgeOf(side: 'older' | 'newer'): Edge {
    const isMore = side === 'older' ? strip.hasOlder : !strip.isLive && (hasPage || !isRestored);
    if (edges[side] === 'loading') return 'loading';
    if (isMore) return edges[side] ?? 'more';
    return side === 'older' && strip.hasLost ? 'lost' : 'end';
  }

  /** What had been read when the window opened is settled once both are known. Where it stopped may be before the window. */
  function findFirstUnread(): void {
    const readUpTo = owner.readUpTo();
    if (watchers === 0) firstUnread = undefined; // it will be opened anew
    if (firstUnread !== undefined || !hasPage || readUpTo === undefined) return;
    const { me } = owner.context();
    const mark = readUpTo === null ? undefined : placeOf(readUpTo);
    const reachesBack = !strip.hasOlder || (mark && compare(strip.rows[0]?.place ?? mark, mark) <= 0);
    const first =
      mark &&
      reachesBack &&
      strip.rows.find(
        ({ data, place }) => compare(place, mark) > 0 && data.author !== me && data.event === undefined,
      );
    firstUnread = first ? keyOfMessage(first.data) : null;
  }

  function update(): void {
    const ending = owner.ending();
    if (!hasPage && !ending && !error && strip.rows.length === 0 && owner.outgoing().length === 0)
      return void cell.set(emptyTimeline);
    findFirstUnread();
    const items = makeItems(
      strip,
      strip.isLive || !hasPage || at === null ? owner.outgoing() : [],
      owner.context(),
    );
    owner.onUpdate(window);
    const status = ending ? 'ended' : hasPage || isRestored ? 'ready' : error ? 'failed' : 'loading';
    cell.set({
      status,
      items,
      older: edgeOf('older'),
      newer: edgeOf('newer'),
      isStale: owner.isStale() || !hasPage || strip.rows.some(({ isStale }) => isStale),
      firstUnread: firstUnread ?? null,
      unreadBelow,
      error: ending?.error ?? error,
    });
  }

  const touch = () => core.touch(update);

  /** Resolves to whether the page was taken: it may count for nothing any more. */
  async function read(wanted: Wanted, limit: number, side: 'oldest' | 'newest'): Promise<boolean> {
    const ticket = strip.begin();
    const ownTurn = turn;
    let answer: Awaited<ReturnType<Source['page']>>;
    try {
      answer = await source.page(wanted, limit);
    } catch (cause) {
      strip.drop(ticket);
      throw cause;
    }
    if (ownTurn !== turn) {
      strip.drop(ticket);
      return false;
    }
    if (!strip.page(ticket, answer.page)) return false;
    strip.trim(core.limits.windowSize, side);
    owner.onMessages(answer.page.messages);
    owner.onPage(answer.position, window);
    if (strip.isLive) unreadBelow = 0;
    return true;
  }

  async function readStart(): Promise<boolean> {
    let wanted: Wanted = {};
    if (at && 'around' in at) wanted = { around: idOf(at.around) };
    else if (at) {
      const readUpTo = owner.readUpTo();
      if (readUpTo !== null && readUpTo !== undefined) wanted = { around: readUpTo };
    }
    const { rows } = strip;
    const isAway = hasPage && at === null && isShownAway;
    if (rows.length > 0 && (at || isAway)) wanted = { around: rows[rows.length >> 1]?.data.id ?? '' };
    const limit = hasPage && rows.length > 0 ? Math.min(200, 4 * core.limits.pageSize) : core.limits.pageSize;
    return read(wanted, limit, 'oldest');
  }

  /** The window at the live end was left by paging back. */
  let isShownAway = false;

  function open(): void {
    if (!owner.work.isRunning) return; // without events, what is read would stay as it is
    if (isOpening) {
      // What is under way is read again if it counts for nothing, unless that was stopped.
      isWanted = !stopReading;
      return;
    }
    stopReading?.();
    stopReading = core.persist(
      async () => {
        isOpening = true;
        let isTaken = false;
        try {
          do isTaken = await readStart();
          while (!isTaken && stopReading);
        } finally {
          isOpening = false;
          if (isWanted) open();
          isWanted = false;
        }
        if (!isTaken) return;
        hasPage = true;
        error = null;
        fills = 0;
        loaded?.resolve();
        touch();
        fill();
      },
      (failure) => {
        error = failure;
        loaded?.resolve();
        touch();
      },
    );
  }

  /** Reads back over a gap, as far as that is short. */
  function fill(): void {
    const hasHole = strip.rows.some(({ isStale }) => isStale);
    if (!hasHole || fills >= maxFills || !strip.isLive || !strip.hasOlder) return;
    fills += 1;
    void page('older', 'oldest').then(fill);
  }

  async function page(
    side: 'older' | 'newer',
    trimmed: 'oldest' | 'newest' = side === 'older' ? 'newest' : 'oldest',
  ): Promise<void> {
    const edge = edgeOf(side);
    if (!hasPage || !owner.work.isRunning || (edge !== 'more' && edge !== 'failed')) return;
    const fresh = strip.rows.filter(({ isStale }) => !isStale);
    const row = side === 'older' ? fresh[0] : fresh.at(-1);
    if (!row) return open();
    edges[side] = 'loading';
    touch();
    try {
      const wanted = side === 'older' ? { before: row.data.id } : { after: row.data.id };
      await read(wanted, core.limits.pageSize, trimmed);
      edges[side] = undefined;
    } catch (cause) {
      edges[side] = 'failed';
      error = errorOf(cause);
    }
    if (side === 'older' && !strip.isLive) isShownAway = true;
    if (strip.isLive) isShownAway = false;
    touch();
  }

  const idOf = (key: string) => strip.rows.find(({ data }) => keyOfMessage(data) === key)?.data.id ?? key;

  /** The item's, or of what is not delivered and of gaps, that of the message before it. */
  function seenId(key: string): string | null {
    let id: string | null = null;
    for (const item of cell.getSnapshot().items) {
      if (item.kind !== 'gap') id = item.id ?? id;
      if (item.key === key) return id;
    }
    return idOf(key);
  }

  function toLive(): void {
    at = null;
    isShownAway = false;
    if (strip.isLive) return;
    turn += 1;
    strip.clear();
    hasPage = false;
    isRestored = false;
    unreadBelow = 0;
    open();
    touch();
  }

  const window: Window = {
    strip,
    get isWatched() {
      return watchers > 0;
    },
    getSnapshot: cell.getSnapshot,
    subscribe(listener) {
      watchers += 1;
      owner.onWatch(window);
      // The work may go on for another window already.
      const wasRunning = owner.work.isRunning;
      const stop = cell.subscribe(listener);
      if (wasRunning && !stopReading) open();
      let isWatching = true;
      return () => {
        if (!isWatching) return;
        isWatching = false;
        watchers -= 1;
        stop();
        owner.onWatch(window);
      };
    },
    load() {
      if (hasPage) return Promise.resolve();
      if (!loaded) {
        let resolve = () => {};
        const promise = new Promise<void>((done) => {
          resolve = done;
        });
        loaded = { promise, resolve };
        const release = window.subscribe(() => {});
        void promise.then(() => {
          core.flush();
          loaded = undefined;
          release();
        });
        if (core.isEnded) resolve();
      }
      return loaded.promise;
    },
    loadOlder() {
      void page('older');
      core.flush();
    },
    loadNewer() {
      void page('newer');
      core.flush();
    },
    get part() {
      return hasPage && strip.isLive ? partOf(strip) : undefined;
    },
    restore({ rows, hasOlder }) {
      if (hasPage || strip.rows.length > 0 || rows.length === 0) return;
      strip.restore(rows, hasOlder);
      isRestored = true;
      touch();
    },
    get isRestored() {
      return isRestored && !hasPage;
    },
    toLive() {
      toLive();
      core.flush();
    },
    retry() {
      if (!hasPage) open();
      else for (const side of ['older', 'newer'] as const) if (edges[side] === 'failed') void page(side);
    },
    isGone: strip.isGone,
    async renew(key) {
      const { page } = await source.page({ around: idOf(key) }, 1);
      for (const message of page.messages) strip.renew(message);
      touch();
    },
    seen(key) {
      // What lies before a window around some message has not been read.
      const isNext = at === null || 'firstUnread' in at || strip.isLive;
      if (isNext) owner.onSeen(key === null ? null : seenId(key));
    },
    refresh() {
      turn += 1;
      if (watchers > 0) return open();
      stopReading?.();
      stopReading = undefined; // until somebody watches again
    },
    event(change) {
      if (strip.event(change) && change.type === 'message' && hasPage) unreadBelow += 1;
      strip.trim(core.limits.windowSize, 'oldest');
      touch();
    },
    touch,
    rest() {
      stopReading?.();
      stopReading = undefined;
      turn += 1;
      strip.gap();
      strip.trim(restSize, 'oldest');
      touch();
    },
  };
  return window;
}
