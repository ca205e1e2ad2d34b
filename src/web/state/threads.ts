import type { MirageClient } from '../../client/index.ts';
import { peerOf } from './conversations.ts';
import type { InboxEvent, InboxMessage } from './inbox-types.ts';
import { isOlder, laterOf } from './positions.ts';
import { withRetry } from './retry.ts';
import { createStore, type Store } from './store.ts';
import { applyToThread, learn, reaches, remove, type Thread } from './thread.ts';

/** The conversations that have been opened, by the name of the other user. */
export interface Threads extends Store<ReadonlyMap<string, Thread>> {
  /** Loads the newest messages, and back to the first unread one. */
  open(peer: string): Promise<void>;
  /** Loads the surroundings of a message, unless it is there already. */
  openAt(peer: string, id: number): Promise<void>;
  /** Loads the end again, if another part is loaded. */
  openEnd(peer: string): Promise<void>;
  /** Loads again what could not be loaded. */
  retry(): void;
  loadOlder(peer: string): Promise<void>;
  loadNewer(peer: string): Promise<void>;
  /** Loads a message again, for new URLs of its files. */
  renew(peer: string, id: number): Promise<void>;
  /** The answer of a call that changed a message. */
  learn(message: InboxMessage, at: string): void;
  remove(id: number): void;
  apply(event: InboxEvent, at: string): void;
  /** Forgets everything: from this position on, all events arrive. */
  startFrom(position: string): void;
  /** Whether the message has been deleted. */
  isGone(id: number): boolean;
}

const pageSize = 50;
const largestPageSize = 500;
/** How many messages are loaded at most to find the first unread one. */
const maxUnreadSearch = 2000;
const maxThreads = 20;
/** Deleted messages that are remembered; pages are not under way for longer. */
const maxGone = 10_000;
/** How often a page is read again because something newer arrived before it. */
const maxReads = 5;

interface PageRequest {
  limit: number;
  before?: number;
  after?: number;
}

export function createThreads(client: MirageClient, username: string): Threads {
  const store = createStore<ReadonlyMap<string, Thread>>(new Map());
  const gone = new Set<number>();
  /** By peer: pages from before this position lack something that has been applied. */
  const floors = new Map<string, string>();
  const loading = new Set<string>();
  let start: string | undefined;
  let turns = 0;

  const find = (peer: string) => store.get().get(peer);
  const set = (peer: string, thread: Thread) => store.set(new Map(store.get()).set(peer, thread));
  const raiseFloor = (peer: string, at: string) => floors.set(peer, laterOf(at, floors.get(peer)));

  /** Reads a page that is not older than what is known. */
  async function read(peer: string, page: PageRequest) {
    for (let reads = 1; ; reads += 1) {
      const answer = await withRetry(() => client.inbox.listMessages.query({ ...page, with: peer }));
      const isUsable = !isOlder(answer.position, start) && !isOlder(answer.position, floors.get(peer));
      if (isUsable) return answer;
      if (reads === maxReads) throw new Error('the conversation changes faster than it can be read');
    }
  }

  /** Starts a part of a conversation. Unless `at` is given, its end, where new messages arrive already. */
  function begin(peer: string, at?: number): number {
    for (const message of find(peer)?.messages ?? []) raiseFloor(peer, message.at);
    turns += 1;
    const threads = new Map(store.get());
    threads.delete(peer); // The latest one comes last.
    threads.set(peer, { status: 'loading', messages: [], older: null, newer: at ?? null, turn: turns });
    for (const [other] of [...threads].slice(0, -maxThreads)) threads.delete(other);
    store.set(threads);
    return turns;
  }

  /** Loads a part that was begun, unless another one is begun in the meantime. */
  async function fill(peer: string, turn: number, load: () => Promise<Partial<Thread>>): Promise<void> {
    const isCurrent = () => find(peer)?.turn === turn;
    try {
      const ends = await load();
      const thread = find(peer);
      if (thread && isCurrent()) set(peer, { ...thread, ...ends, status: 'ready' });
    } catch (error) {
      const thread = find(peer);
      if (thread && isCurrent()) set(peer, { ...thread, status: 'failed', error });
    }
  }

  function add(peer: string, turn: number, page: { messages: InboxMessage[]; position: string }): void {
    const thread = find(peer);
    if (thread?.turn === turn) set(peer, learn(thread, page.messages, page.position, gone));
  }

  const isRead = ({ recipient, sender, read }: InboxMessage) =>
    recipient === username && (read || sender === username);

  function loadEnd(peer: string): Promise<void> {
    const turn = begin(peer);
    return fill(peer, turn, async () => {
      let page = await read(peer, { limit: pageSize });
      add(peer, turn, page);
      // Back to the first unread message, where reading starts.
      for (let older = page.nextCursor; older !== null; older = page.nextCursor) {
        const known = find(peer)?.turn === turn ? (find(peer)?.messages ?? []) : [];
        const isFound = known.length === 0 || known.some(isRead) || known.at(-1)?.sender === username;
        if (isFound || known.length >= maxUnreadSearch) break;
        page = await read(peer, { limit: largestPageSize, before: older });
        add(peer, turn, page);
      }
      return { older: page.nextCursor };
    });
  }

  function loadAround(peer: string, id: number): Promise<void> {
    const turn = begin(peer, id);
    return fill(peer, turn, async () => {
      const [before, after] = await Promise.all([
        read(peer, { limit: pageSize, before: id + 1 }),
        read(peer, { limit: pageSize, after: id }),
      ]);
      add(peer, turn, before);
      add(peer, turn, after);
      // A message that arrived after that page, but before the other one, is still to be read.
      const isBehind = isOlder(after.position, floors.get(peer));
      return {
        older: before.nextCursor,
        newer: after.nextCursor ?? (isBehind ? (after.messages[0]?.id ?? id) : null),
      };
    });
  }

  /** Loads what could not be loaded: the end, or the part that was begun elsewhere. */
  const reload = (peer: string, { newer }: Thread) =>
    newer === null ? loadEnd(peer) : loadAround(peer, newer);

  /** Adds a page at one end. Failures are ignored: scrolling requests it again. */
  async function extend(
    peer: string,
    end: 'older' | 'newer',
    pageAt: (cursor: number) => PageRequest,
  ): Promise<void> {
    const thread = find(peer);
    const cursor = thread?.[end];
    const key = `${end} ${peer}`;
    if (thread?.status !== 'ready' || cursor === null || cursor === undefined || loading.has(key)) return;
    loading.add(key);
    const page = await read(peer, pageAt(cursor)).catch(() => undefined);
    loading.delete(key);
    const now = find(peer);
    if (page && now?.turn === thread.turn)
      set(peer, { ...learn(now, page.messages, page.position, gone), [end]: page.nextCursor });
  }

  function forget(id: number): void {
    gone.add(id);
    for (const oldest of gone) {
      if (gone.size <= maxGone) break;
      gone.delete(oldest);
    }
    store.set(new Map([...store.get()].map(([peer, thread]) => [peer, remove(thread, id)])));
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    async open(peer) {
      const thread = find(peer);
      if (!thread) await loadEnd(peer);
      else if (thread.status === 'failed') await reload(peer, thread);
    },
    retry() {
      for (const [peer, thread] of store.get()) if (thread.status === 'failed') void reload(peer, thread);
    },
    async openAt(peer, id) {
      const thread = find(peer);
      const isUnderWay = thread?.status === 'loading' && thread.newer === id;
      if (!isUnderWay && !(thread && reaches(thread, id))) await loadAround(peer, id);
    },
    async openEnd(peer) {
      if (find(peer)?.newer !== null) await loadEnd(peer);
    },
    loadOlder: (peer) => extend(peer, 'older', (before) => ({ limit: pageSize, before })),
    loadNewer: (peer) => extend(peer, 'newer', (after) => ({ limit: pageSize, after })),
    async renew(peer, id) {
      const { messages, position } = await read(peer, { limit: 1, before: id + 1 });
      const thread = find(peer);
      const held = messages.filter((message) => message.id === id);
      if (thread) set(peer, learn(thread, held, position, gone));
    },
    learn(message, at) {
      const peer = peerOf(message, username);
      const thread = find(peer);
      if (!thread) return;
      const isHeld = thread.messages.some(({ id }) => id === message.id);
      if (isHeld || thread.newer === null) set(peer, learn(thread, [message], at, gone));
      else raiseFloor(peer, at);
    },
    remove: forget,
    apply(event, at) {
      if (event.type === 'deleted') return forget(event.id);
      const peer = 'message' in event ? peerOf(event.message, username) : 'with' in event ? event.with : null;
      const thread = peer === null ? undefined : find(peer);
      if (peer === null || !thread) return;
      const applied = applyToThread(thread, event, at, gone);
      if (!applied.isCovered) raiseFloor(peer, at);
      if (applied.thread !== thread) set(peer, applied.thread);
    },
    startFrom(position) {
      start = position;
      floors.clear();
      store.set(new Map());
    },
    isGone: (id) => gone.has(id),
  };
}
