import type { Reason } from '../api.ts';
import type { Cache } from './cache.ts';
import { createChanges } from './changes.ts';
import { createPeerCompany, createRoomCompany } from './company.ts';
import { type Core, errorOf, mayRetry, tell, type Work } from './core.ts';
import { createDraft, type DraftChange } from './draft.ts';
import type { Inbox } from './inbox.ts';
import { toMessage } from './messages.ts';
import type { Outbox } from './outbox.ts';
import type { Part } from './parts.ts';
import { compare, placeOf } from './place.ts';
import type { Reading } from './reading.ts';
import { createRoomLists } from './room-lists.ts';
import type { Rooms } from './rooms.ts';
import type { SearchEvent } from './search.ts';
import { keyOf, peerSource, roomChange, roomSource, type Source } from './source.ts';
import type { Store } from './store.ts';
import type { Change, Delivered } from './strip.ts';
import { createTimeline, type Owner, type Window } from './timeline.ts';
import type { ChatError, Conversation, ConversationInfo, Readable, Target, Timeline } from './types.ts';
import { createTyping } from './typing.ts';

/** A conversation, as the chat sees it. */
export interface OwnedConversation extends Conversation {
  readonly source: Source;
  /** A window at the live end is watched. */
  readonly isShown: boolean;
  event(change: Change): void;
  typingEvent(username: string, isTyping: boolean): void;
  /** Events of the inbox come from now on: what was read before is uncertain. */
  restart(): void;
  /** Something that is shown with it has changed. */
  touch(): void;
  /** The user is known. */
  begin(): void;
  /** Another window has changed the draft. */
  hearDraft(change: DraftChange): void;
  /** What it shows at the live end, to be stored. */
  readonly part: Part | undefined;
  /** Shows what was known at an earlier time, until more is. */
  restore(part: Part): void;
  /** A message was sent from here. */
  add(message: Delivered, at: Change['at']): void;
}

export interface Shared {
  core: Core;
  store(): Store | undefined;
  rooms: Rooms;
  inbox: Inbox;
  outbox(): Outbox;
  reading: Reading;
  attention: Readable<boolean>;
  /** Received messages that are stored, if they are. */
  cache(): Cache | undefined;
  /** The user has written something. */
  onDraft(target: Target, change: DraftChange): void;
  /** Who is online, for conversations with users. */
  presence(username: string): { work: Work; isOnline(): boolean };
  /** Something has happened in a room that is followed. */
  watched(event: SearchEvent): void;
  /** Events of a room are missing. */
  onGap(): void;
}

/** After these there is nothing to subscribe to. */
const endings: (Reason | null)[] = ['NOT_A_MEMBER', 'ROOM_NOT_FOUND'];

export function createConversation(shared: Shared, target: Target): OwnedConversation {
  const { core, rooms, inbox, reading } = shared;
  const roomId = 'roomId' in target ? target.roomId : undefined;
  const peer = 'peer' in target ? target.peer : undefined;
  const source = roomId === undefined ? peerSource(core, peer ?? '') : roomSource(core, roomId);
  const windows = new Set<Window>();
  /** Others may be pinned than before. */
  const pinListeners = new Set<() => void>();
  let subscription: { unsubscribe(): void } | undefined;
  let isFollowing = false;
  let ended: ChatError | null = null;
  let error: ChatError | null = null;
  /** The room is no longer among those of the user. */
  let isLeft = false;
  let cancelRetry: (() => void) | undefined;
  let failures = 0;

  const me = () => core.me.getSnapshot() ?? '';
  const room = () => (roomId === undefined ? undefined : rooms.find(roomId));
  const peerState = () => (peer === undefined ? undefined : inbox.find(peer));
  const isEphemeral = () => room()?.history === 'ephemeral';
  const peerReadUpTo = () => {
    const upTo = peerState()?.peerReadUpTo ?? null;
    return upTo === null ? null : String(upTo);
  };

  /** Undefined until it is known. */
  function serverReadUpTo(): string | null | undefined {
    if (roomId !== undefined) return rooms.isKnown ? (room()?.readUpTo ?? null) : undefined;
    const conversation = peerState();
    if (conversation) return conversation.readUpTo === 0 ? null : String(conversation.readUpTo);
    return inbox.isFollowing ? null : undefined;
  }

  /** Here or elsewhere. The server may not know the former yet. */
  function readUpTo(): string | null | undefined {
    const known = peerState()?.readUpTo === 0 ? '0' : serverReadUpTo();
    const own = reading.markOf(target);
    if (known === '0-0') return own ?? null; // nothing was read since joining, so nothing counts as new
    if (known === undefined || own === undefined) return known;
    return known === null || compare(placeOf(own), placeOf(known)) > 0 ? own : known;
  }

  // The list tells what the conversation is called and how far the user has read.
  const listWork = roomId === undefined ? inbox.work : rooms.work;

  const work: Work = core.work(() => {
    const release = listWork.retain();
    ended = null;
    if (peer !== undefined) inbox.need(peer);
    if (peer === undefined || inbox.isFollowing) refresh();
    return () => {
      cancelRetry?.();
      subscription?.unsubscribe();
      subscription = undefined;
      isFollowing = false;
      for (const window of windows) window.rest();
      release();
    };
  });

  function refresh(): void {
    for (const window of windows) window.refresh();
  }

  function end(reason: ChatError): void {
    ended = reason;
    subscription?.unsubscribe();
    subscription = undefined;
    isFollowing = false;
    touch();
  }

  /** Continues from the first page; pages that were asked for earlier may lack something. */
  function follow(position: string, from: Window): void {
    if (roomId === undefined || isFollowing || ended || !work.isRunning) return;
    isFollowing = true;
    for (const window of windows) if (window !== from) window.strip.restart();
    subscription = core.client.chat.onMessage.subscribe(
      { roomId, lastEventId: position },
      {
        onData(event) {
          failures = 0;
          if ('data' in event) return change(roomChange(event));
          tell(pinListeners);
          if (event.type === 'gap') restart();
        },
        onConnectionStateChange({ state }) {
          // Events about pins that were missed are not sent again.
          if (state === 'pending') tell(pinListeners);
          touch();
        },
        onError(cause) {
          isFollowing = false;
          subscription = undefined;
          core.check(cause);
          const failure = errorOf(cause);
          if (endings.includes(failure.reason)) return end(failure);
          error = failure;
          touch();
          if (!mayRetry(failure)) return;
          cancelRetry = core.timer(restart, Math.min(30_000, 1000 * 2 ** failures));
          failures += 1;
        },
      },
    );
  }

  function restart(): void {
    error = null;
    ended = null;
    if (roomId !== undefined) shared.onGap();
    for (const window of windows) window.strip.gap();
    if (work.isRunning) refresh();
  }

  function touch(): void {
    core.touch(updateInfo);
    for (const window of windows) window.touch();
  }

  function change(event: Change): void {
    if (event.type === 'message') learn([event.message]);
    if (roomId !== undefined) shared.watched({ at: target, change: event });
    changes.confirm(event);
    for (const window of windows) window.event(event);
    if (event.type !== 'message') save(true);
  }

  /** What is gone leaves the storage at once. */
  function save(isUrgent: boolean): void {
    const cache = shared.cache();
    const { part } = messages;
    if (cache && ended) cache.drop(target);
    else if (cache && part) cache.save(target, part, isUrgent);
    else if (isUrgent) cache?.drop(target);
  }

  /** Own messages that are delivered, and authors who are done with typing. */
  function learn(messages: readonly Delivered[]): void {
    for (const message of messages) if (message.author === me()) shared.outbox().delivered(message);
  }

  const changes = createChanges(core, { source, windows, me, onChange: touch });
  const { overlays } = changes;

  const context = () => ({ me: me(), peerReadUpTo: peerReadUpTo(), overlays });

  const owner: Owner = {
    core,
    source,
    work,
    isEphemeral,
    onPage: follow,
    onMessages: learn,
    outgoing: () => shared.outbox().of(target),
    context,
    ending: () => {
      if (core.isEnded) return { error: core.state.getSnapshot().error ?? sessionOver };
      return ended && { error: ended };
    },
    isStale: () => !core.isConnected || (roomId === undefined ? !inbox.isFollowing : !isFollowing),
    readUpTo,
    onWatch(window) {
      if (window.isWatched) windows.add(window);
      else if (window !== messages)
        core.timer(() => {
          if (window.isWatched || !windows.delete(window)) return;
          window.rest();
        }, core.limits.graceMs);
    },
    onUpdate(window) {
      if (window === messages) save(ended !== null);
    },
    onSeen: (id) => reading.see(target, id),
  };
  const messages = createTimeline(owner, null);
  windows.add(messages);

  const info = core.cell<ConversationInfo>(describe(), listWork, work);

  function describe(): ConversationInfo {
    const state = room();
    const conversation = peerState();
    const failure = core.isEnded ? (core.state.getSnapshot().error ?? sessionOver) : (ended ?? error);
    const isGone = roomId !== undefined && rooms.isKnown && !state;
    const isKnown = roomId === undefined ? inbox.list.getSnapshot().status === 'ready' : rooms.isKnown;
    const isEnded = core.isEnded || ended !== null || isGone;
    return {
      status: isEnded ? 'ended' : isKnown ? 'ready' : failure ? 'failed' : 'loading',
      name: state?.name ?? peer ?? '',
      unread: state?.unread ?? conversation?.unread ?? 0,
      mentions: state?.mentions ?? 0,
      readUpTo: serverReadUpTo() ?? null,
      peerReadUpTo: peerReadUpTo(),
      mutedUntil: state?.mutedUntil ?? conversation?.mutedUntil ?? null,
      isBlocked: conversation?.isBlocked ?? false,
      role: state?.role ?? null,
      history: roomId === undefined || state?.history === 'kept' ? 'kept' : 'ephemeral',
      endedBy: isEnded ? (failure?.reason ?? (isGone ? 'NOT_A_MEMBER' : null)) : null,
      error: failure,
    };
  }

  function updateInfo(): void {
    const before = info.getSnapshot();
    const now = describe();
    const names = Object.keys(now) as (keyof ConversationInfo)[];
    if (names.some((name) => before[name] !== now[name])) info.set(now);
  }

  // --- Typing, presence, members, drafts ---

  const typing = createTyping(core, shared.attention, (isTyping) => source.setTyping(isTyping));
  const {
    online,
    typing: typingNames,
    touch: touchCompany,
  } = 'roomId' in target
    ? createRoomCompany(core, target.roomId, typing)
    : createPeerCompany(core, target, {
        heard: typing,
        inboxWork: inbox.work,
        presence: shared.presence(target.peer),
      });

  const { members, pins } = createRoomLists(core, roomId, {
    context,
    pinListeners,
    // Otherwise the subscription that is about to begin has the pins read, so that no change is missed.
    isReady: () => isFollowing || ![...windows].some(({ isWatched }) => isWatched),
  });

  const draft = createDraft(core, {
    key: `draft/${keyOf(target)}`,
    attention: shared.attention,
    store: shared.store,
    onChange(change) {
      if (change.text === '') typing.stop();
      shared.onDraft(target, change);
    },
  });

  const sessionOver: ChatError = { reason: 'UNAUTHORIZED', canRetry: false, retryAfterMs: null, cause: null };

  return {
    target,
    source,
    info,
    messages,
    window: (at): Timeline => createTimeline(owner, at),
    typing: typingNames,
    online,
    members,
    pins,
    draft: draft.readable,

    send(given) {
      const message = typeof given === 'string' ? { text: given } : given;
      typing.stop();
      reading.settle(target);
      const { key, settled } = shared.outbox().send(target, message);
      if (
        messages.isWatched &&
        !messages.strip.isLive &&
        messages.getSnapshot().status === 'ready' &&
        !messages.isRestored
      )
        messages.toLive();
      touch();
      core.flush();
      return {
        key,
        settled: settled.then((result) => {
          if ('error' in result) return { ok: false, error: result.error } as const;
          if ('discarded' in result) return { ok: false, discarded: true } as const;
          return { ok: true, message: result.sent && toMessage(result.sent, context()) } as const;
        }),
      };
    },
    retry(key) {
      shared.outbox().retry(key);
      core.flush();
    },
    discard(key) {
      shared.outbox().discard(key);
      core.flush();
    },
    edit: changes.edit,
    remove: changes.remove,
    react: changes.react,
    unreact: changes.unreact,
    mute: async (until) => void (await source.mute(until)),
    unmute: async () => void (await source.mute(null)),
    async leave() {
      if (roomId !== undefined) await reading.leave(target);
      await source.leave();
    },
    keystroke: () => typing.keystroke(),
    stopTyping: () => typing.stop(),

    get isShown() {
      return [...windows].some(({ isWatched, strip }) => isWatched && strip.isLive);
    },
    begin: draft.begin,
    hearDraft: draft.hear,
    event: change,
    typingEvent: (username, isTyping) => typing.hear(username, isTyping),
    restart,
    touch() {
      touchCompany();
      const wasLeft = isLeft;
      isLeft = roomId !== undefined && rooms.isKnown && !room();
      if (isLeft && !wasLeft) void reading.leave(target);
      if (wasLeft && !isLeft && ended) restart(); // the user is back
      touch();
    },
    get part() {
      return messages.part;
    },
    restore: messages.restore,
    add(message, at) {
      for (const { strip, isRestored } of windows) if (work.isRunning || isRestored) strip.add(message, at);
    },
  };
}
