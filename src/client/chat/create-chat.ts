import type { Cache } from './cache.ts';
import { createConversation, type OwnedConversation, type Shared } from './conversation.ts';
import { createCore, tell } from './core.ts';
import type { DraftChange } from './draft.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createPagedList } from './list.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Part } from './parts.ts';
import { createPresences } from './presence.ts';
import { createReading } from './reading.ts';
import { createRooms, type Rooms } from './rooms.ts';
import { createSearch, type SearchEvent } from './search.ts';
import { keyOf } from './source.ts';
import { memoryStorage, openStore, type Store } from './store.ts';
import type {
  Chat,
  ChatOptions,
  Limits,
  Locks,
  News,
  OutgoingSummary,
  PeerSummary,
  PublicRoom,
  Readable,
  RoomSummary,
  Target,
  Unread,
  Uploader,
} from './types.ts';

const defaults: Limits = {
  graceMs: 10_000,
  windowSize: 500,
  pageSize: 50,
  resendMs: 6 * 24 * 3_600_000,
  resendEphemeralMs: 120_000,
};

/** What windows tell each other: the user has written something for a conversation. */
type OtherDraft = DraftChange & { key: string };

/** What a chat was rendered from on a server. */
interface Dehydrated {
  lists: { rooms: readonly RoomSummary[]; inbox: readonly PeerSummary[] };
  parts: readonly { target: Target; part: Part }[];
}

const nothingUnread: Unread = { messages: 0, mentions: 0, conversations: 0, inRooms: 0, inInbox: 0 };

/** Visible and focused, in a browser; elsewhere always. */
function browserAttention(): Readable<boolean> {
  const page = globalThis.document as Document | undefined;
  const events = ['visibilitychange', 'focus', 'blur'];
  return {
    getSnapshot: () => page === undefined || (page.visibilityState === 'visible' && page.hasFocus()),
    subscribe(listener) {
      if (page === undefined) return () => {};
      // Focus of the window does not reach the document.
      for (const name of events) globalThis.addEventListener(name, listener, true);
      return () => {
        for (const name of events) globalThis.removeEventListener(name, listener, true);
      };
    },
  };
}

/** Where there are none, each window takes over what it finds, and the server recognizes what is sent twice. */
function browserLocks(): Locks | null {
  const { navigator } = globalThis as { navigator?: { locks?: Locks } };
  return globalThis.document !== undefined && navigator?.locks ? navigator.locks : null;
}

/** The state of the chat of one user, kept up to date while it is watched. Create one per login, and close it at logout. */
export function createChat(options: ChatOptions): Chat {
  const { client, keep = 'unsent', attention = browserAttention() } = options;
  const limits = { ...defaults, ...options.limits };
  const core = createCore(client, options.username, { clock: options.clock, limits });
  const storage = options.storage ?? memoryStorage();
  const conversations = new Map<string, OwnedConversation>();
  const listeners = new Set<(news: News) => void>();
  const scope = `mirage/${client.url}`;
  const blockedListeners = new Set<() => void>();
  const gapListeners = new Set<() => void>();
  const watchers = new Set<(event: SearchEvent) => void>();

  // Each of these needs to know who the user is.
  let store: Store | undefined;
  let outbox: Outbox | undefined;
  let cache: Cache | undefined;
  let windows: BroadcastChannel | undefined;

  const markOf = (target: Target) => reading?.shownMarkOf(target);
  const each = (run: (conversation: OwnedConversation) => void) => {
    for (const conversation of conversations.values()) run(conversation);
  };
  const find = (target: Target) => conversations.get(keyOf(target));
  const watched = (event: SearchEvent) => {
    for (const watcher of watchers) watcher(event);
  };

  const rooms: Rooms = createRooms(core, {
    markOf: (roomId) => markOf({ roomId }),
    onChange: changed,
  });
  const inbox: Inbox = createInbox(core, {
    markOf: (peer) => markOf({ peer }),
    onStart() {
      each((conversation) => 'peer' in conversation.target && conversation.restart());
      tell(gapListeners);
    },
    onChange(peer, change) {
      watched({ at: { peer }, change });
      const known = find({ peer });
      if (known) known.event(change);
      else if (change.type !== 'message') cache?.drop({ peer });
    },
    onTyping: (peer, isTyping) => find({ peer })?.typingEvent(peer, isTyping),
    onBlocked: () => tell(blockedListeners),
    onUpdate: changed,
  });
  const presences = createPresences(core, () => each((conversation) => conversation.touch()));

  const unread = core.cell(nothingUnread, rooms.work, inbox.work);
  const outgoing = core.cell<readonly OutgoingSummary[]>([]);

  function changed(): void {
    core.touch(count);
    if (cache) core.touch(saveLists);
    each((conversation) => conversation.touch());
  }

  function saveLists(): void {
    const [ofRooms, ofInbox] = [rooms.list.getSnapshot(), inbox.list.getSnapshot()];
    if (rooms.isKnown) cache?.saveLists({ rooms: ofRooms.items, inbox: ofInbox.items });
  }

  /** Loaded only where messages are stored. */
  async function openMessages(store: Store): Promise<void> {
    const release = core.hold();
    try {
      const { openCache } = await import('./cache.ts');
      const opened = await openCache(core, store);
      if (core.isEnded) return;
      cache = opened;
      if (opened.lists) restoreLists(opened.lists);
      changed(); // what is shown already is to be stored
      each((known) => {
        const part = opened.of(known.target);
        if (part) known.restore(part);
      });
    } finally {
      release();
    }
  }

  function restoreLists(lists: Dehydrated['lists']): void {
    rooms.restore(lists.rooms);
    inbox.restore(lists.inbox);
  }

  const isMuted = (until: string | null) => until !== null && Date.parse(until) > core.clock.now();

  function count(): void {
    const now = { ...nothingUnread };
    for (const room of rooms.list.getSnapshot().items) {
      now.inRooms += room.unread;
      if (isMuted(room.mutedUntil)) continue;
      now.messages += room.unread;
      now.mentions += room.mentions;
      if (room.unread > 0) now.conversations += 1;
    }
    // Of conversations that are not in the list, only the server's sum is known.
    if (inbox.counts) {
      now.inInbox = inbox.counts.unread;
      now.messages += now.inInbox;
      now.conversations += inbox.counts.unreadConversations;
    }
    for (const { unread: shown, server, mutedUntil } of inbox.unread) {
      const counted = isMuted(mutedUntil) ? 0 : shown;
      now.inInbox += shown - server;
      now.messages += counted - server;
      if (server > 0 && counted === 0) now.conversations -= 1;
    }
    for (const name of Object.keys(now) as (keyof Unread)[]) now[name] = Math.max(0, now[name]);
    if (JSON.stringify(now) !== JSON.stringify(unread.getSnapshot())) unread.set(now);
  }

  const uploader: Uploader =
    options.uploader ??
    ((file, { target, signal, onProgress }) =>
      client.files.upload(file, 'peer' in target ? { recipient: target.peer } : target, {
        signal,
        onProgress: (sent, total) => {
          if (total) onProgress(sent / total);
        },
      }));

  const reading = createReading(core, () => store, {
    attention,
    source: (target) => conversation(target).source,
    onChange() {
      rooms.touch();
      inbox.touch();
    },
  });

  const showOutbox = () => outgoing.set(outbox?.all() ?? []);

  function requireOutbox(): Outbox {
    outbox ??= createOutbox(core, () => store, {
      source: (target) => conversation(target).source,
      isEphemeral: (target) => conversation(target).info.getSnapshot().history === 'ephemeral',
      uploader,
      limits,
      locks: options.locks === undefined ? browserLocks() : options.locks,
      scope,
      onSent: (target, { message, at }) => conversation(target).add(message, at),
      onChange(target) {
        core.touch(showOutbox);
        find(target)?.touch();
      },
    });
    return outbox;
  }

  const shared: Shared = {
    core,
    store: () => store,
    rooms,
    inbox,
    outbox: requireOutbox,
    reading,
    attention,
    cache: () => cache,
    onDraft: (target, change) => windows?.postMessage({ key: keyOf(target), ...change }),
    presence: presences.one,
    watched,
    onGap: () => tell(gapListeners),
  };

  function conversation(target: Target): OwnedConversation {
    const key = keyOf(target);
    let known = conversations.get(key);
    if (!known) {
      known = createConversation(shared, target);
      conversations.set(key, known);
      const part = cache?.of(target);
      if (part) known.restore(part);
    }
    return known;
  }

  function tellNews(news: Omit<News, 'isBeingRead'>): void {
    const isBeingRead = (find(news.target)?.isShown ?? false) && attention.getSnapshot();
    for (const listener of [...listeners]) listener({ ...news, isBeingRead });
  }
  rooms.onNews(({ roomId, ...news }) => tellNews({ target: { roomId }, ...news }));
  inbox.onNews(({ peer, ...news }) => tellNews({ target: { peer }, mentionsMe: false, ...news }));

  /** Other windows of this user, whose chats end together. */
  function listen(username: string): void {
    if (typeof BroadcastChannel === 'undefined' || keep === 'nothing') return;
    windows = new BroadcastChannel(`${scope}/${username}`);
    windows.onmessage = ({ data }: MessageEvent<'forget' | OtherDraft>) => {
      if (data === 'forget') void end(true);
      else conversations.get(data.key)?.hearDraft(data);
    };
    // Not in Node, where it would keep the process going.
    (windows as { unref?: () => void }).unref?.();
  }

  function begin(username: string): void {
    if (keep !== 'nothing') store = openStore(storage, scope, username);
    core.me.set(username);
    core.state.set({ ...core.state.getSnapshot(), session: 'open', error: null });
    listen(username);
    if (keep === 'messages' && store) void openMessages(store);
    requireOutbox().begin();
    reading.begin();
    each((conversation) => conversation.begin());
    changed();
  }

  async function close({ forget = false } = {}): Promise<void> {
    if (forget && !isClosed) windows?.postMessage('forget');
    await end(forget);
  }

  async function end(isForgetting: boolean): Promise<void> {
    if (isClosed) {
      if (isForgetting) await store?.forget();
      return;
    }
    isClosed = true;
    core.flush();
    core.end(null);
    reading.close();
    if (isForgetting) await store?.forget();
    // Only now, as other windows take over what a window leaves.
    outbox?.close();
    await store?.idle();
    windows?.close();
    each((conversation) => conversation.touch());
    core.flush();
    core.close();
  }
  let isClosed = false;

  if (options.username !== undefined) begin(options.username);
  else {
    const release = core.hold();
    core.persist(
      async () => {
        const { username } = await core.call(() => client.auth.me.query());
        if (!core.isEnded) begin(username);
        release();
      },
      (error) => {
        core.state.set({ ...core.state.getSnapshot(), error });
        if (!error.canRetry) core.end(error);
        release();
      },
    );
  }
  core.onEnd(() => each((conversation) => conversation.touch()));

  return {
    me: core.me,
    state: core.state,
    rooms: rooms.list,
    publicRooms: createPagedList<PublicRoom, never>(
      core,
      async () => ({ items: await core.call(() => client.chat.listPublicRooms.query()), next: null }),
      { works: [rooms.work], listeners: rooms.publicListeners },
    ),
    inbox: inbox.list,
    blocked: createPagedList<string, never>(
      core,
      async () => {
        const users = await core.call(() => client.users.listBlocked.query());
        return { items: users.map(({ username }) => username), next: null };
      },
      { works: [inbox.work], listeners: blockedListeners },
    ),
    unread,
    outbox: outgoing,
    conversation,
    presence: (usernames) => presences.of(usernames),
    search: ({ in: where } = {}) =>
      createSearch(core, where, { rooms: rooms.work, inbox: inbox.work, gapListeners, watchers }),
    onNews(listener) {
      const own = (news: News) => listener(news);
      const releases = [rooms.work.retain(), inbox.work.retain()];
      listeners.add(own);
      return () => {
        if (listeners.delete(own)) for (const release of releases) release();
      };
    },
    async createRoom(room) {
      const { id } = await core.call(() => client.chat.createRoom.mutate(room));
      return conversation({ roomId: id });
    },
    async joinRoom(room) {
      const { id } = await core.call(() => client.chat.joinRoom.mutate(room));
      return conversation({ roomId: id });
    },
    idle: core.idle,
    dehydrate() {
      const parts = [...conversations.values()].flatMap(({ target, part }) =>
        part ? [{ target, part }] : [],
      );
      const [ofRooms, ofInbox] = [rooms.list.getSnapshot(), inbox.list.getSnapshot()];
      const state: Dehydrated = { lists: { rooms: ofRooms.items, inbox: ofInbox.items }, parts };
      return { version: 1, username: core.me.getSnapshot(), state };
    },
    hydrate({ version, username, state }) {
      const known = core.me.getSnapshot();
      if (version !== 1 || username === null || (known !== null && known !== username)) return;
      const { lists, parts } = state as Dehydrated; // safe: of the same version
      restoreLists(lists);
      for (const { target, part } of parts) conversation(target).restore(part);
      core.flush();
    },
    close,
  };
}
