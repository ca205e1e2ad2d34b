import { type MirageClient, reasonOf } from '../../client/index.ts';
import {
  applyToConversation,
  type Conversation,
  type Conversations,
  newConversation,
  peerOf,
  unreadOf,
} from './conversations.ts';
import type { InboxEvent } from './inbox-types.ts';
import { earlierOf, isOlder } from './positions.ts';
import { isTransient, retryDelayMs, withRetry } from './retry.ts';
import { createSaver, type Saver } from './saver.ts';
import { createSearch, type Search } from './search.ts';
import { createStore, type Store } from './store.ts';
import { createThreads, type Threads } from './threads.ts';

export interface InboxState {
  status: 'loading' | 'ready' | 'failed';
  conversations: Conversations;
  /** The pages of the list that have been loaded reach down to the conversation with this message. */
  listedDownTo: number;
  /** Cursor of the next page of the list; null when everything is loaded. */
  cursor: string | null;
  /** By peer: the newest message shown here. */
  seen: ReadonlyMap<string, number>;
  /** The users whom the user has blocked. */
  blocked: ReadonlySet<string>;
  /** Who is typing to the user. */
  typing: ReadonlySet<string>;
  error?: unknown;
}

export interface Inbox extends Store<InboxState>, Pick<Saver, 'pause' | 'resume'> {
  readonly threads: Threads;
  readonly search: Search;
  /** Opens a conversation, at a message if one is given. */
  open(peer: string, id?: number): Promise<void>;
  /** Loads the next page of the list. */
  loadMore(): Promise<void>;
  /** Adds a message that was sent from here. */
  add(message: Sent): void;
  /** Marks what was received up to this message as read. */
  markSeen(peer: string, id: number): void;
  /** Loads again after a failure, and repeats what failed while disconnected. */
  refresh(): Promise<void>;
  close(): void;
}

type Sent = Awaited<ReturnType<MirageClient['inbox']['sendMessage']['mutate']>>;

interface Handlers {
  onEnd(reason: ReturnType<typeof reasonOf>): void;
}

const pageSize = 50;
/** Of more unread conversations than this, the number shown is not exact. */
const maxUnread = 200;
const typingMs = 6000;

/** The list of conversations and those opened, kept up to date by events. */
export function createInbox(client: MirageClient, username: string, handlers: Handlers): Inbox {
  const store = createStore<InboxState>({
    status: 'loading',
    conversations: new Map(),
    listedDownTo: 0,
    cursor: null,
    seen: new Map(),
    blocked: new Set(),
    typing: new Set(),
  });
  const threads = createThreads(client, username);
  const search = createSearch(client, username, threads.isGone);
  /** By peer: the position that the conversation is known at. */
  const knownAt = new Map<string, string>();
  /** Conversations of which only the server knows the number of unread messages or the last one. */
  const toAsk = new Set<string>();
  const asking = new Set<string>();
  const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  /** By peer: what the server has been told of `seen`. */
  const saved = new Map<string, number>();
  const waitingForList = new Set<() => void>();
  let subscription: { unsubscribe(): void } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isOpening = false;
  let isLoadingMore = false;
  let isClosed = false;

  const set = (change: Partial<InboxState>) => store.set({ ...store.get(), ...change });

  function learn(conversations: readonly Conversation[], at: string): void {
    const known = new Map(store.get().conversations);
    for (const conversation of conversations) {
      const { username: peer } = conversation.peer;
      if (isOlder(at, knownAt.get(peer))) continue;
      known.set(peer, conversation);
      knownAt.set(peer, at);
    }
    set({ conversations: known });
  }

  function fail(error: unknown): void {
    subscription = undefined;
    set({ status: 'failed', error });
    failures += 1;
    if (isTransient(error)) timer = setTimeout(() => void open(), retryDelayMs(failures + 3, error));
    handlers.onEnd(reasonOf(error));
  }

  /** Asks the server about conversations, about each once at a time, until no newer event arrives meanwhile. */
  async function ask(peer: string): Promise<void> {
    toAsk.add(peer);
    if (asking.has(peer)) return;
    asking.add(peer);
    while (toAsk.delete(peer) && !isClosed) {
      const page = await withRetry(() =>
        client.inbox.listConversations.query({ limit: 1, with: peer }),
      ).catch(() => undefined);
      if (!page) {
        toAsk.add(peer); // repeated by `refresh`
        break;
      }
      if (isOlder(page.position, knownAt.get(peer))) toAsk.add(peer);
      else learn([page.conversations[0] ?? newConversation(peer)], page.position);
    }
    asking.delete(peer);
  }

  function peersOf(event: InboxEvent): string[] {
    if ('message' in event) return [peerOf(event.message, username)];
    if (!('with' in event)) return [];
    // A mark of all conversations.
    return event.with === null ? [...store.get().conversations.keys()] : [event.with];
  }

  function apply(event: InboxEvent, at: string): void {
    threads.apply(event, at);
    search.apply(event, at);
    const conversations = new Map(store.get().conversations);
    for (const peer of peersOf(event)) {
      const before = conversations.get(peer);
      if (!before) void ask(peer);
      if (isOlder(at, knownAt.get(peer))) continue;
      const { conversation, ask: mustAsk } = applyToConversation(
        before ?? newConversation(peer),
        event,
        username,
      );
      conversations.set(peer, conversation);
      knownAt.set(peer, at);
      if (mustAsk) void ask(peer);
    }
    set({ conversations });
    if (event.type === 'conversation') setBlocked(event.with, event.isBlocked);
    if (event.type !== 'message') return;
    if (event.message.sender !== username) setTyping(event.message.sender, false);
  }

  function setBlocked(peer: string, isBlocked: boolean): void {
    const blocked = new Set(store.get().blocked);
    if (blocked.has(peer) === isBlocked) return;
    if (isBlocked) blocked.add(peer);
    else blocked.delete(peer);
    set({ blocked });
  }

  function setTyping(peer: string, isTyping: boolean): void {
    clearTimeout(typingTimers.get(peer));
    typingTimers.delete(peer);
    if (isTyping)
      typingTimers.set(
        peer,
        setTimeout(() => setTyping(peer, false), typingMs),
      );
    if (store.get().typing.has(peer) !== isTyping) set({ typing: new Set(typingTimers.keys()) });
  }

  /** What is known from before this position may lack something. */
  function startFrom(position: string): void {
    threads.startFrom(position);
    search.repeat();
  }

  function follow(lastEventId: string): void {
    startFrom(lastEventId);
    subscription = client.inbox.onMessage.subscribe(
      { lastEventId },
      {
        onData(event) {
          if (!('data' in event)) setTyping(event.from, event.isTyping);
          else if (event.data.type !== 'gap') apply(event.data, event.id);
          else {
            startFrom(event.id);
            void loadList().catch(fail);
          }
        },
        onError: fail,
      },
    );
  }

  /** Loads the beginning of the list and all with unread messages. Returns the position from which events are needed. */
  async function loadList(): Promise<string> {
    const [first, unread, blocked] = await withRetry(() =>
      Promise.all([
        client.inbox.listConversations.query({ limit: pageSize }),
        client.inbox.listConversations.query({ limit: maxUnread, unreadOnly: true }),
        client.users.listBlocked.query(),
      ]),
    );
    const position = earlierOf(first.position, unread.position);
    for (const [peer, at] of knownAt) if (isOlder(at, position)) knownAt.delete(peer);
    const kept = [...store.get().conversations].filter(([peer]) => knownAt.has(peer));
    set({
      conversations: new Map(kept),
      blocked: new Set(blocked.map(({ username }) => username)),
      cursor: first.nextCursor,
      listedDownTo: first.nextCursor === null ? 0 : oldestOf(first.conversations),
    });
    learn(unread.conversations, unread.position);
    learn(first.conversations, first.position);
    return position;
  }

  async function open(): Promise<void> {
    if (isOpening) return;
    isOpening = true;
    clearTimeout(timer);
    try {
      const position = await loadList();
      if (isClosed) return;
      set({ status: 'ready', error: undefined });
      failures = 0;
      follow(position);
      for (const go of waitingForList) go();
      waitingForList.clear();
    } catch (error) {
      if (!isClosed) fail(error);
    } finally {
      isOpening = false;
    }
  }

  /** Of what has been seen, one conversation at a time. */
  const marks = createSaver(
    () => [...store.get().seen].find(([peer, id]) => id > (saved.get(peer) ?? 0)),
    async ([peer, upTo]) => {
      await client.inbox.markRead.mutate({ with: peer, upTo });
      saved.set(peer, upTo);
    },
  );

  void open();
  return {
    get: store.get,
    subscribe: store.subscribe,
    threads,
    search,

    async open(peer, id) {
      // Before that, changes to a page's contents would be missed.
      if (!subscription) await new Promise<void>((resolve) => waitingForList.add(resolve));
      if (isClosed) return;
      if (!store.get().conversations.has(peer)) void ask(peer);
      await (id === undefined ? threads.open(peer) : threads.openAt(peer, id));
    },

    async loadMore() {
      const { cursor } = store.get();
      if (cursor === null || isLoadingMore) return;
      isLoadingMore = true;
      try {
        const page = await withRetry(() => client.inbox.listConversations.query({ limit: pageSize, cursor }));
        learn(page.conversations, page.position);
        const listedDownTo = Math.min(store.get().listedDownTo, oldestOf(page.conversations));
        set({ cursor: page.nextCursor, listedDownTo: page.nextCursor === null ? 0 : listedDownTo });
      } catch {
        // Asked for again by the user.
      } finally {
        isLoadingMore = false;
      }
    },

    add(message) {
      if ('deleted' in message) return;
      const { position, ...sent } = message;
      threads.learn(
        { ...sent, reactions: [], avatarUrl: null, read: message.recipient === username },
        position,
      );
    },

    markSeen(peer, id) {
      const { seen, conversations } = store.get();
      const conversation = conversations.get(peer);
      const known = Math.max(seen.get(peer) ?? 0, conversation?.readUpTo ?? 0);
      if (id <= known || conversation?.unread === 0) return;
      set({ seen: new Map(seen).set(peer, id) });
      marks.run();
    },

    async refresh() {
      const { status } = store.get();
      if (status === 'failed') {
        set({ status: 'loading' });
        return open();
      }
      for (const peer of [...toAsk]) void ask(peer);
      threads.retry();
      search.retry();
      marks.run();
    },

    pause: marks.pause,
    resume: marks.resume,

    close() {
      isClosed = true;
      void marks.pause();
      clearTimeout(timer);
      for (const typing of typingTimers.values()) clearTimeout(typing);
      for (const go of waitingForList) go();
      search.close();
      subscription?.unsubscribe();
    },
  };
}

const oldestOf = (conversations: readonly Conversation[]): number =>
  Math.min(Number.MAX_SAFE_INTEGER, ...conversations.flatMap(({ lastMessage }) => lastMessage?.id ?? []));

/** All unread messages, as far as they are known. */
export const totalUnread = ({ conversations, seen }: InboxState): number =>
  [...conversations].reduce((sum, [peer, conversation]) => sum + unreadOf(conversation, seen.get(peer)), 0);
