import { type Inputs, type MirageClient, type Outputs, reasonOf } from '../../client/index.ts';
import {
  addMessages,
  type Conversations,
  dropMessages,
  type InboxMessage,
  markRead,
  newestId,
  peerOf,
  readUpTo,
} from './conversations.ts';
import { lookAgainMs, mayPass, retrying } from './retrying.ts';
import { createStore, type Store } from './store.ts';

export interface InboxState {
  status: 'loading' | 'ready' | 'failed';
  conversations: Conversations;
  /** Where the next older page begins: of everything, and of each conversation that has been opened. Null: there is none. */
  cursor: number | null;
  threads: ReadonlyMap<string, Thread>;
  error?: unknown;
}

export interface Thread {
  status: 'loading' | 'ready' | 'failed';
  cursor: number | null;
}

export interface Inbox extends Store<InboxState> {
  add(message: Sent): void;
  remove(id: number): void;
  /** Loads the newest messages of a conversation; what has been deleted meanwhile goes. */
  openThread(peer: string): Promise<void>;
  loadOlder(peer?: string): Promise<void>;
  /** Catches up with what is told only to those who listen: deletions and read marks. */
  refresh(): Promise<void>;
  /** Tells the server what has been read, as far as it can be said with one mark for all conversations. */
  saveSeen(seenOf: (peer: string) => number): void;
  close(): void;
}

type Sent = Outputs['inbox']['sendMessage'];

interface Handlers {
  /** A message that has just come. Of one's own, none whose answer was there before. */
  onMessage(message: InboxMessage): void;
  onEnd(reason: ReturnType<typeof reasonOf>): void;
}

const pageSize = 50;
const firstPageSize = 200;
const largestPageSize = 500;
/** So far back it is looked for where the unread messages begin. */
const maxUnasked = 2000;

/** Messages to and from the user, by conversation. */
export function createInbox(client: MirageClient, username: string, handlers: Handlers): Inbox {
  const store = createStore<InboxState>({
    status: 'loading',
    conversations: new Map(),
    cursor: null,
    threads: new Map(),
  });
  const loading = new Set<string | undefined>();
  const deletedWhileReading = new Set<Set<number>>();
  let subscription: { unsubscribe(): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOpening = false;
  let isClosed = false;
  let markedUpTo = 0;

  const set = (change: Partial<InboxState>) => store.set({ ...store.get(), ...change });
  const setConversations = (change: (before: Conversations) => Conversations) =>
    set({ conversations: change(store.get().conversations) });
  const setThread = (peer: string, thread: Thread) =>
    set({ threads: new Map(store.get().threads).set(peer, thread) });
  const add = (messages: InboxMessage[]) =>
    setConversations((before) => addMessages(before, username, messages));

  function remove(id: number): void {
    for (const deleted of deletedWhileReading) deleted.add(id);
    setConversations((before) => dropMessages(before, [id]));
  }

  /** A page without what has been deleted since it was made. */
  async function readPage(page: Inputs['inbox']['listMessages']) {
    const deleted = new Set<number>();
    deletedWhileReading.add(deleted);
    try {
      const { messages, nextCursor } = await client.inbox.listMessages.query(page);
      return { messages: messages.filter(({ id }) => !deleted.has(id)), nextCursor };
    } finally {
      deletedWhileReading.delete(deleted);
    }
  }

  function fail(error: unknown): void {
    subscription = undefined;
    set({ status: 'failed', error });
    if (mayPass(error)) timer = setTimeout(() => void open(), lookAgainMs);
    handlers.onEnd(reasonOf(error));
  }

  function follow(): void {
    const lastEventId = String(newestId(store.get().conversations));
    subscription = client.inbox.onMessage.subscribe(
      { lastEventId },
      {
        onData(event) {
          if ('data' in event) {
            const { message } = event.data;
            const isKnown = store
              .get()
              .conversations.get(peerOf(message, username))
              ?.some(({ id }) => id === message.id);
            add([message]);
            if (!isKnown || message.sender !== username) handlers.onMessage(message);
          } else if (event.type === 'deleted') remove(event.id);
          else setConversations((before) => markRead(before, username, event));
        },
        onError: fail,
      },
    );
  }

  /** A page from the server stands for its whole range of ids: what is not in it has been deleted. */
  async function loadNewest(peer?: string): Promise<number | null> {
    const limit = peer === undefined ? firstPageSize : pageSize;
    // Before the page is asked for: what comes meanwhile is not in it, and not deleted either.
    const known = [...store.get().conversations]
      .filter(([name]) => peer === undefined || name === peer)
      .flatMap(([, list]) => list.map(({ id }) => id));
    const { messages, nextCursor } = await readPage({ limit, ...(peer !== undefined && { with: peer }) });
    if (isClosed) return null;
    const listed = new Set(messages.map(({ id }) => id));
    const oldest = nextCursor === null ? 0 : (messages.at(-1)?.id ?? 0);
    const gone = known.filter((id) => id >= oldest && !listed.has(id));
    setConversations((before) => addMessages(dropMessages(before, gone), username, messages));
    return nextCursor;
  }

  async function loadOlder(peer?: string): Promise<void> {
    const { threads, cursor: cursorOfAll } = store.get();
    const cursor = peer === undefined ? cursorOfAll : (threads.get(peer)?.cursor ?? null);
    if (cursor === null || loading.has(peer)) return;
    loading.add(peer);
    try {
      const page = await retrying(() =>
        readPage(
          peer === undefined ? { limit: largestPageSize, cursor } : { limit: pageSize, cursor, with: peer },
        ),
      );
      add(page.messages);
      if (peer === undefined) set({ cursor: page.nextCursor });
      else setThread(peer, { status: 'ready', cursor: page.nextCursor });
    } catch {
      // Scrolling on asks again.
    } finally {
      loading.delete(peer);
    }
  }

  /** What has been read can be told to the server only when it is known where that begins. */
  async function loadUnread(): Promise<void> {
    for (;;) {
      const { conversations, cursor } = store.get();
      const known = [...conversations.values()].flat();
      if (isClosed || cursor === null || known.length >= maxUnasked) return;
      if (known.some(({ recipient, read }) => recipient === username && read)) return;
      await loadOlder();
      if (store.get().cursor === cursor) return; // it got lost on the way
    }
  }

  async function open(): Promise<void> {
    if (isOpening) return;
    isOpening = true;
    clearTimeout(timer);
    try {
      const cursor = await retrying(() => loadNewest());
      if (isClosed) return;
      set({ status: 'ready', cursor, error: undefined });
      follow();
      void loadUnread();
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
    add: (message) => add([{ ...message, avatarUrl: '', read: message.recipient === username }]),
    remove,

    async openThread(peer) {
      const before = store.get().threads.get(peer);
      if (before?.status === 'loading') return;
      if (before?.status !== 'ready') setThread(peer, { status: 'loading', cursor: null });
      try {
        const cursor = await loadNewest(peer);
        setThread(peer, { status: 'ready', cursor: before?.status === 'ready' ? before.cursor : cursor });
      } catch {
        if (before?.status !== 'ready') setThread(peer, { status: 'failed', cursor: null });
      }
    },

    loadOlder,

    async refresh() {
      const { status } = store.get();
      if (status === 'failed') {
        set({ status: 'loading' });
        return open();
      }
      if (status === 'loading') return;
      await retrying(() => loadNewest()).catch(() => {}); // the connection is gone again, and will come again
    },

    saveSeen(seenOf) {
      const { conversations, cursor } = store.get();
      const upTo = readUpTo(conversations, username, seenOf, cursor !== null);
      if (upTo <= markedUpTo) return;
      markedUpTo = upTo;
      client.inbox.markRead.mutate({ upTo }).catch(() => {
        markedUpTo = 0; // said again with the next message that is read
      });
    },

    close() {
      isClosed = true;
      clearTimeout(timer);
      subscription?.unsubscribe();
    },
  };
}
