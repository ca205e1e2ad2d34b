import type { Outputs } from '../exports.ts';
import type { Core, Work } from './core.ts';
import { createList, type OwnedList } from './list.ts';
import { type Place, partsOf } from './place.ts';
import { type EventOf, fromInbox } from './source.ts';
import type { Change, Delivered } from './strip.ts';
import type { News, PeerSummary } from './types.ts';

type Counts = Outputs['inbox']['countMessages'];

/** What has happened in one conversation, or is missing in all of them. */
export interface InboxHandlers {
  /** Events come from here on. `isGap`: what was before is uncertain. */
  onStart(): void;
  onChange(peer: string, change: Change): void;
  onTyping(peer: string, isTyping: boolean): void;
  /** Other users may be blocked than before. */
  onBlocked(): void;
}

export type PeerNews = Pick<News, 'message'> & { peer: string; isMuted: boolean };

/** The conversations of the user, by one subscription. */
export interface Inbox {
  readonly list: OwnedList<PeerSummary>;
  readonly work: Work;
  /** Whether events come. */
  readonly isFollowing: boolean;
  find(peer: string): PeerSummary | undefined;
  /** The user may have read something. */
  touch(): void;
  /** Shows what was known at an earlier time. */
  restore(conversations: readonly PeerSummary[]): void;
  /** Reads what is known of a conversation that no page of the list has brought. */
  need(peer: string): void;
  /** The server's number of unread messages, if it is known. */
  readonly counts: Counts | undefined;
  /** Of the conversations that are known: as shown, and as the server counts. */
  readonly unread: readonly { unread: number; server: number; mutedUntil: string | null }[];
  onNews(listener: (news: PeerNews) => void): void;
}

const pageSize = 50;
/** Several events ask the server once. */
const askMs = 100;
/** Of more conversations than that at a time, the beginning of the list is read instead. */
const maxAsked = 5;

/** As the list shows it. */
const textOf = ({ text, attachments }: Delivered) => text || attachments.map(({ name }) => name).join(', ');

const idOf = ({ lastMessage }: PeerSummary) => lastMessage?.id ?? 0;

const nothingKnown = (username: string): PeerSummary => ({
  peer: { username, avatarUrl: null },
  lastMessage: null,
  unread: 0,
  readUpTo: 0,
  peerReadUpTo: null,
  mutedUntil: null,
  isBlocked: false,
});

interface Options extends InboxHandlers {
  markOf(peer: string): string | undefined;
  onUpdate(): void;
}

export function createInbox(core: Core, options: Options): Inbox {
  const { onStart, onChange, onTyping, onBlocked, markOf, onUpdate } = options;
  const { inbox } = core.client;
  const known = new Map<string, PeerSummary>();
  /** Where the answer is from that something is known by: an older one does not count. */
  const knownAt = new Map<string, Place>();
  const dirty = new Set<string>();
  const news = new Set<(news: PeerNews) => void>();
  let counts: Counts | undefined;
  let cursor: string | null = null;
  /** The pages that were read reach down to the conversation with this message. */
  let listedTo = 0;
  let isFollowing = false;
  let isReady = false;
  let newest = 0;
  let cancelAsk: (() => void) | undefined;
  let isAsking = false;

  const isMuted = (peer: string) => {
    const until = known.get(peer)?.mutedUntil ?? null;
    return until !== null && Date.parse(until) > core.clock.now();
  };

  function shown(conversation: PeerSummary): PeerSummary {
    const mark = Number(markOf(conversation.peer.username) ?? 0);
    const isRead = conversation.lastMessage !== null && mark >= conversation.lastMessage.id;
    return isRead && conversation.unread > 0 ? { ...conversation, unread: 0 } : conversation;
  }

  let cache = new Map<PeerSummary, PeerSummary>();

  function update(): void {
    const next: typeof cache = new Map();
    for (const conversation of known.values()) {
      const now = shown(conversation);
      const before = cache.get(conversation);
      next.set(conversation, before && before.unread === now.unread ? before : now);
    }
    cache = next;
    const items = [...next.values()]
      .filter((conversation) => idOf(conversation) >= listedTo)
      .sort((a, b) => idOf(b) - idOf(a));
    if (isReady)
      list.set({
        status: 'ready',
        items,
        hasMore: cursor !== null,
        isStale: !core.isConnected || !isFollowing,
        error: null,
      });
    onUpdate();
  }

  /** Changes and messages are counted apart, and both only rise. */
  const isOlder = (a: Place, b: Place | undefined) => b !== undefined && (a[0] < b[0] || a[1] < b[1]);

  function learn(conversations: readonly PeerSummary[], position: string, touch = core.touch): void {
    const at = partsOf(position);
    for (const conversation of conversations) {
      const { username } = conversation.peer;
      if (isOlder(at, knownAt.get(username))) continue;
      const { peerReadUpTo } = conversation;
      // An event may have told of more already.
      const toldUpTo = Math.max(peerReadUpTo ?? 0, known.get(username)?.peerReadUpTo ?? 0);
      known.set(username, peerReadUpTo === null ? conversation : { ...conversation, peerReadUpTo: toldUpTo });
      knownAt.set(username, at);
    }
    touch(update);
  }

  function learnPage({ conversations, nextCursor, position }: Outputs['inbox']['listConversations']): void {
    cursor = nextCursor;
    listedTo = nextCursor === null ? 0 : Math.min(listedTo, ...conversations.map(idOf).filter(Boolean));
    learn(conversations, position);
  }

  /** The server alone counts. */
  function ask(peer?: string): void {
    if (peer !== undefined) dirty.add(peer);
    if (isFollowing && !isAsking) cancelAsk ??= core.timer(() => void askAll(), askMs);
  }

  async function askAll(): Promise<void> {
    cancelAsk = undefined;
    if (!isFollowing) return;
    isAsking = true;
    const peers = [...dirty];
    dirty.clear();
    try {
      const [now] = await Promise.all([
        core.call(() => inbox.countMessages.query()),
        peers.length > maxAsked
          ? core
              .call(() => inbox.listConversations.query({ limit: pageSize }))
              .then((page) => learn(page.conversations, page.position))
          : Promise.all(peers.map(readOne)),
      ]);
      // What was asked for before a gap may come after what was asked for then.
      if (!counts || !isOlder(partsOf(now.position), partsOf(counts.position))) counts = now;
    } catch {
      // The next event or connection asks again.
      for (const peer of peers) dirty.add(peer);
    }
    isAsking = false;
    if (dirty.size > 0 && core.isConnected) ask();
    core.touch(update);
  }

  async function readOne(peer: string): Promise<void> {
    const page = await core.call(() => inbox.listConversations.query({ with: peer, limit: 1 }));
    learn(page.conversations, page.position);
    if (page.conversations.length === 0 && known.delete(peer)) core.touch(update);
  }

  function receive(event: EventOf<Outputs['inbox']['onMessage']>): void {
    if ('data' in event) apply(event);
    else onTyping(event.from, event.isTyping);
  }

  function apply(event: Extract<EventOf<Outputs['inbox']['onMessage']>, { id: string }>): void {
    const { data } = event;
    const [change, upTo] = partsOf(event.id);
    const at: Place = [change, 0];
    switch (data.type) {
      case 'position':
        return;
      case 'gap':
        restart();
        return;
      case 'message': {
        const message = fromInbox(data.message);
        const me = core.me.getSnapshot();
        const peer = data.message.sender === me ? data.message.recipient : data.message.sender;
        onChange(peer, { type: 'message', message, at });
        ask(peer);
        const { id, author, createdAt } = message;
        const text = textOf(message);
        // It is shown before it is counted.
        const lastMessage = { id: Number(id), sender: author, text: text.slice(0, 140), createdAt };
        learn([{ ...(known.get(peer) ?? nothingKnown(peer)), lastMessage }], event.id, core.touchLater);
        if (author !== me && data.message.id > newest) {
          onTyping(peer, false);
          for (const listener of news)
            listener({ peer, message: { id, author, text, createdAt }, isMuted: isMuted(peer) });
        }
        newest = Math.max(newest, data.message.id);
        return;
      }
      case 'edited': {
        const { sender, recipient } = data.message;
        const peer = sender === core.me.getSnapshot() ? recipient : sender;
        onChange(peer, { type: 'edited', message: fromInbox(data.message), at });
        ask(peer);
        return;
      }
      case 'deleted':
        onChange(data.with, { type: 'deleted', id: String(data.id), at });
        ask(data.with);
        return;
      case 'reaction':
        onChange(data.with, { type: 'reaction', id: String(data.id), reactions: data.reactions, at });
        return;
      case 'read':
        if (data.reader !== core.me.getSnapshot()) receipt(data.reader, data.upTo);
        else for (const peer of data.with === null ? known.keys() : [data.with]) ask(peer);
        return;
      case 'conversation':
        if (data.cleared) onChange(data.with, { type: 'cleared', upTo: [upTo, 0], at });
        else onBlocked();
        ask(data.with);
        return;
    }
  }

  /** Only forward. */
  function receipt(peer: string, upTo: number): void {
    const conversation = known.get(peer);
    if (!conversation || (conversation.peerReadUpTo ?? 0) >= upTo) return;
    known.set(peer, { ...conversation, peerReadUpTo: upTo });
    core.touch(update);
  }

  let subscription: { unsubscribe(): void } | undefined;
  let stop = () => {};

  async function open(): Promise<void> {
    const release = core.hold();
    try {
      const [page, now] = await Promise.all([
        core.call(() => inbox.listConversations.query({ limit: pageSize })),
        core.call(() => inbox.countMessages.query()),
      ]);
      // What was known before may be gone, or have changed since.
      const needed = new Set([...known.keys(), ...dirty]);
      const receipts = new Map([...known].map(([peer, { peerReadUpTo }]) => [peer, peerReadUpTo ?? 0]));
      known.clear();
      knownAt.clear();
      listedTo = Number.MAX_VALUE;
      learnPage(page);
      for (const [peer, upTo] of receipts) if (known.get(peer)?.peerReadUpTo !== null) receipt(peer, upTo);
      for (const peer of known.keys()) needed.delete(peer);
      counts = now;
      isReady = true;
      newest = Math.max(newest, partsOf(page.position)[1]);
      await new Promise<void>((resolve, reject) => {
        subscription?.unsubscribe();
        subscription = inbox.onMessage.subscribe(
          { lastEventId: page.position },
          {
            onStarted: release,
            onData: receive,
            onConnectionStateChange({ state, error }) {
              if (state === 'connecting' && error) release();
              if (state === 'pending' && dirty.size > 0) ask();
              core.touch(update);
            },
            onError(error) {
              isFollowing = false;
              core.check(error);
              core.touch(update);
              reject(error);
            },
          },
        );
        isFollowing = true;
        dirty.clear();
        for (const peer of needed) if (peers.has(peer)) ask(peer);
        if (isOlder(partsOf(now.position), partsOf(page.position))) ask();
        onStart();
        onBlocked();
        core.touch(update);
        void resolve;
      });
    } finally {
      release();
    }
  }

  /** Conversations that are needed though no page has them. */
  const peers = new Set<string>();

  function restart(): void {
    stop();
    subscription?.unsubscribe();
    isFollowing = false;
    stop = core.persist(open, (error) => list.set({ error, ...(!isReady && { status: 'failed' }) }));
  }

  async function more(): Promise<void> {
    if (cursor === null || list.getSnapshot().isLoadingMore || core.isEnded) return;
    const from = cursor;
    list.set({ isLoadingMore: true });
    try {
      const page = await core.call(() => inbox.listConversations.query({ limit: pageSize, cursor: from }));
      if (cursor !== from) return;
      learnPage(page);
    } catch {
      // Scrolling asks for it again.
    } finally {
      list.set({ isLoadingMore: false });
    }
  }

  const work = core.work(() => {
    restart();
    return () => {
      stop();
      cancelAsk?.();
      cancelAsk = undefined;
      subscription?.unsubscribe();
      isFollowing = false;
      list.set({ isStale: true });
    };
  });
  const list = createList<PeerSummary>(core, [work], { more: () => void more(), retry: restart });

  return {
    list,
    work,
    get isFollowing() {
      return isFollowing;
    },
    get counts() {
      return counts;
    },
    get unread() {
      return [...cache].map(([{ unread: server }, { unread, mutedUntil }]) => ({
        unread,
        server,
        mutedUntil,
      }));
    },
    find(peer) {
      const conversation = known.get(peer);
      return conversation && (cache.get(conversation) ?? conversation);
    },
    touch: () => core.touch(update),
    restore(items) {
      if (isReady) return;
      for (const conversation of items) known.set(conversation.peer.username, conversation);
      list.set({ status: 'ready', items });
      core.touch(update);
    },
    need(peer) {
      peers.add(peer);
      if (!known.has(peer)) ask(peer);
    },
    onNews: (listener) => void news.add(listener),
  };
}
