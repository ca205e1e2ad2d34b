import type { MirageClient, UnreachableError } from '../../client/index.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** A message of the simulated server. */
export interface StoredMessage {
  id: number;
  author: string;
  text: string;
  clientId: string | undefined;
  edits: number;
  users: string[];
}

interface Entry {
  type: 'message' | 'edited' | 'reaction' | 'deleted' | 'read';
  /** Of the message. */
  id: number;
  place: number;
  /** The newest message then. */
  after: number;
  /** Who has read up to the message. */
  reader?: string;
}

/** A room, or the conversation of the user with another. */
export interface StoredConversation {
  messages: Map<number, StoredMessage>;
  log: Entry[];
  /** Of the user. */
  readUpTo: number;
  peerReadUpTo: number;
  /** Names of messages that were deleted. */
  gone: Set<string>;
}

export interface Call {
  path: string;
  window: number;
  input: Record<string, unknown>;
  run(): unknown;
  /** Undefined until the server has carried it out. */
  outcome?: { value?: unknown; error?: unknown };
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface Handlers {
  onStarted?(): void;
  onData(event: unknown): void;
  onError(error: unknown): void;
  onConnectionStateChange?(state: { state: string; error: unknown }): void;
}

interface Subscription {
  path: string;
  window: number;
  input: Record<string, unknown>;
  handlers: Handlers;
  /** Entries of the log that were read for it. */
  sent: number;
  /** Events on their way, and how far the log was read for each. */
  queue: { event: unknown; sent: number }[];
  /** How far the log was read for what has arrived. */
  arrived: number;
  dirty: boolean;
  needsState: boolean;
}

/** Rooms 1, which keeps messages, and 2, which holds few, and the conversation with `bob`. */
export const conversationNames = ['kept', 'ephemeral', 'peer'] as const;
export type ConversationName = (typeof conversationNames)[number];

export const userName = 'ada';
export const otherName = 'bob';
const capacity = 8;

/** What a client rejects with when no answer has come. */
const lost = () =>
  Object.assign(new Error('no answer'), {
    name: 'UnreachableError',
  }) satisfies Error as unknown as UnreachableError;

export const refusal = (reason: string, retryAfterMs?: number) =>
  Object.assign(new Error(reason), {
    name: 'TRPCError',
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

export type SimulatedServer = ReturnType<typeof createSimulatedServer>;

/**
 * As much of a server as chats use, in memory: calls are carried out and answered, and events are sent, only when told to. Ids,
 * positions and events are as those of Mirage.
 */
/** How long the server shows that somebody types. */
const typingMs = 6000;

export function createSimulatedServer(clock: SimulatedClock) {
  let stopTyping: (() => void) | undefined;
  const stored = Object.fromEntries(
    conversationNames.map((name) => [
      name,
      { messages: new Map(), log: [], readUpTo: 0, peerReadUpTo: 0, gone: new Set() },
    ]),
  ) as unknown as Record<ConversationName, StoredConversation>;
  const calls: Call[] = [];
  /** Calls of markRead that were carried out, in their order. */
  const marks: Call[] = [];
  const subscriptions = new Set<Subscription>();
  const connections: { isOpen: boolean; listeners: Set<(state: string) => void> }[] = [];
  /** Ids in rooms, which count messages and changes alike. */
  let places = 0;
  let messages = 0;
  let changes = 0;
  let isOver = false;

  const roomOf = (roomId: unknown): StoredConversation => stored[roomId === 1 ? 'kept' : 'ephemeral'];
  const textId = (id: number) => `${id}-0`;
  const numberOf = (id: unknown) =>
    Number(
      String(id)
        .split('-')
        .at(String(id).includes('sim') ? 2 : 0),
    );
  const roomPosition = () => `1-sim-${places}-0`;
  const inboxPosition = () => `1-sim-${changes}-${messages}`;
  const date = (edits: number) => new Date(Date.UTC(2025, 2, 14) + edits * 1000).toISOString();

  const asRoomMessage = (roomId: number, reader: string, message: StoredMessage) => ({
    id: textId(message.id),
    roomId,
    username: message.author,
    text: message.text,
    createdAt: date(0),
    ...(message.edits > 0 && { editedAt: date(message.edits) }),
    ...(message.users.length > 0 && { reactions: [{ emoji: '👍', users: [...message.users] }] }),
    ...(message.clientId !== undefined && message.author === reader && { clientId: message.clientId }),
  });
  const asInboxMessage = (message: StoredMessage) => ({
    id: message.id,
    sender: message.author,
    recipient: message.author === userName ? otherName : userName,
    text: message.text,
    createdAt: date(0),
    editedAt: message.edits > 0 ? date(message.edits) : null,
    replyTo: null,
    reactions: message.users.length > 0 ? [{ emoji: '👍', users: [...message.users] }] : [],
    avatarUrl: null,
    read: false,
    ...(message.clientId !== undefined && message.author === userName && { clientId: message.clientId }),
  });

  const unreadOf = ({ messages: all, readUpTo }: StoredConversation) =>
    [...all.values()].filter(({ id, author }) => author !== userName && id > readUpTo).length;

  function touch(name: ConversationName): void {
    for (const subscription of subscriptions)
      if (subscription.path === 'chat.onRooms' && name !== 'peer') subscription.dirty = true;
  }

  function send(name: ConversationName, author: string, text: string, clientId?: string): StoredMessage {
    const conversation = stored[name];
    const known = [...conversation.messages.values()].find(
      (message) => clientId !== undefined && message.clientId === clientId,
    );
    if (known) return known;
    if (clientId !== undefined && conversation.gone.has(clientId)) throw refusal('MESSAGE_NOT_FOUND');
    if (name === 'peer') messages += 1;
    else places += 1;
    const id = name === 'peer' ? messages : places;
    const message: StoredMessage = { id, author, text, clientId, edits: 0, users: [] };
    conversation.messages.set(id, message);
    conversation.log.push({ type: 'message', id, place: name === 'peer' ? changes : id, after: id });
    const [oldest] = conversation.messages.keys();
    if (name === 'ephemeral' && conversation.messages.size > capacity && oldest !== undefined)
      conversation.messages.delete(oldest);
    touch(name);
    return message;
  }

  function change(name: ConversationName, type: 'edited' | 'reaction' | 'deleted', id: number): void {
    if (name === 'peer') changes += 1;
    else places += 1;
    stored[name].log.push({ type, id, place: name === 'peer' ? changes : places, after: messages });
    touch(name);
  }

  function require(name: ConversationName, id: number): StoredMessage {
    const message = stored[name].messages.get(id);
    if (!message) throw refusal('MESSAGE_NOT_FOUND');
    return message;
  }

  function edit(name: ConversationName, id: number, text: string): StoredMessage {
    const message = require(name, id);
    message.text = text;
    message.edits += 1;
    change(name, 'edited', id);
    return message;
  }

  function react(name: ConversationName, id: number, user: string, isOn: boolean): StoredMessage {
    const message = require(name, id);
    if (message.users.includes(user) === isOn) return message;
    message.users = isOn ? [...message.users, user] : message.users.filter((each) => each !== user);
    change(name, 'reaction', id);
    return message;
  }

  function remove(name: ConversationName, id: number): void {
    const { clientId } = require(name, id);
    if (clientId !== undefined) stored[name].gone.add(clientId);
    stored[name].messages.delete(id);
    change(name, 'deleted', id);
  }

  function recordRead(reader: string, id: number): void {
    changes += 1;
    stored.peer.log.push({ type: 'read', id, place: changes, after: messages, reader });
  }

  function mark(name: ConversationName, upTo: number): void {
    const conversation = stored[name];
    if (upTo <= conversation.readUpTo) return;
    conversation.readUpTo = upTo;
    if (name === 'peer') recordRead(userName, upTo);
    touch(name);
  }

  const stateOf = (roomId: number) => {
    const room = roomOf(roomId);
    const last = [...room.messages.values()].at(-1);
    return {
      ...{ id: roomId, name: `room ${roomId}`, isPrivate: false, createdBy: userName, topic: '' },
      history: roomId === 1 ? 'kept' : 'ephemeral',
      role: 'owner',
      unread: unreadOf(room),
      mentions: 0,
      readUpTo: textId(room.readUpTo),
      lastMessage: last
        ? { id: textId(last.id), username: last.author, text: last.text, createdAt: date(0), kind: 'user' }
        : null,
      mutedUntil: null,
    };
  };

  const peerState = () => {
    const last = [...stored.peer.messages.values()].at(-1);
    return {
      peer: { username: otherName, avatarUrl: null },
      lastMessage: last ? { id: last.id, sender: last.author, text: last.text, createdAt: date(0) } : null,
      unread: unreadOf(stored.peer),
      readUpTo: stored.peer.readUpTo,
      peerReadUpTo: stored.peer.peerReadUpTo,
      mutedUntil: null,
      isBlocked: false,
    };
  };

  type Input = Record<string, unknown>;

  const procedures: Record<string, (input: Input) => unknown> = {
    'auth.me': () => ({ username: userName }),
    'chat.history'({ roomId, before, after, around, limit }) {
      const all = [...roomOf(roomId).messages.values()];
      const count = Number(limit);
      let from = Math.max(0, all.length - count);
      const indexOf = (id: unknown) => all.filter((message) => message.id < numberOf(id)).length;
      if (before !== undefined) from = Math.max(0, indexOf(before) - count);
      if (after !== undefined) from = all.filter(({ id }) => id <= numberOf(after)).length;
      if (around !== undefined) from = Math.max(0, indexOf(around) - (count >> 1));
      const to = before === undefined ? Math.min(all.length, from + count) : indexOf(before);
      return {
        messages: all.slice(from, to).map((message) => asRoomMessage(Number(roomId), userName, message)),
        hasMoreBefore: from > 0,
        hasMoreAfter: to < all.length,
        position: roomPosition(),
      };
    },
    'chat.sendMessage': ({ roomId, text, clientId }) =>
      asRoomMessage(
        Number(roomId),
        userName,
        send(roomId === 1 ? 'kept' : 'ephemeral', userName, String(text), String(clientId)),
      ),
    'chat.editMessage': ({ roomId, id, text }) =>
      asRoomMessage(
        Number(roomId),
        userName,
        edit(roomId === 1 ? 'kept' : 'ephemeral', numberOf(id), String(text)),
      ),
    'chat.deleteMessage': ({ roomId, id }) => remove(roomId === 1 ? 'kept' : 'ephemeral', numberOf(id)),
    'chat.react': ({ roomId, id }) =>
      asRoomMessage(
        Number(roomId),
        userName,
        react(roomId === 1 ? 'kept' : 'ephemeral', numberOf(id), userName, true),
      ),
    'chat.markRead': ({ roomId, upTo }) => mark(roomId === 1 ? 'kept' : 'ephemeral', numberOf(upTo)),
    'chat.setTyping': () => undefined,
    'inbox.setTyping': () => undefined,
    'inbox.listMessages'({ before, after, limit }) {
      const all = [...stored.peer.messages.values()].filter(
        ({ id }) =>
          (before === undefined || id < Number(before)) && (after === undefined || id > Number(after)),
      );
      const some = after === undefined ? all.slice(-Number(limit)) : all.slice(0, Number(limit));
      const edge = after === undefined ? some[0] : some.at(-1);
      return {
        messages: some.map(asInboxMessage).reverse(),
        nextCursor: some.length < all.length ? edge?.id : null,
        position: inboxPosition(),
      };
    },
    'inbox.listConversations': () => ({
      conversations: messages > 0 ? [peerState()] : [],
      nextCursor: null,
      position: inboxPosition(),
    }),
    'inbox.countMessages': () => ({
      total: stored.peer.messages.size,
      unread: unreadOf(stored.peer),
      unreadConversations: unreadOf(stored.peer) > 0 ? 1 : 0,
      position: inboxPosition(),
    }),
    'inbox.sendMessage'({ text, clientId }) {
      if (stored.peer.gone.has(String(clientId))) return { id: 0, deleted: true, position: inboxPosition() };
      return {
        ...asInboxMessage(send('peer', userName, String(text), String(clientId))),
        position: inboxPosition(),
      };
    },
    'inbox.editMessage': ({ id, text }) => ({
      ...asInboxMessage(edit('peer', Number(id), String(text))),
      position: inboxPosition(),
    }),
    'inbox.deleteMessage'({ id }) {
      remove('peer', Number(id));
      return { position: inboxPosition() };
    },
    'inbox.react': ({ id }) => ({
      ...asInboxMessage(react('peer', Number(id), userName, true)),
      position: inboxPosition(),
    }),
    'inbox.markRead': ({ upTo }) => mark('peer', Number(upTo)),
  };

  /** The first entry of a log that a subscription is still to be told of. */
  function resumeAt(path: string, { roomId, lastEventId }: Input): number {
    const log = path === 'inbox.onMessage' ? stored.peer.log : roomOf(roomId).log;
    const parts = String(lastEventId).split('-').map(Number);
    const isAfter = ({ type, place, id }: Entry) =>
      path === 'chat.onMessage'
        ? place > (parts.at(-2) ?? 0)
        : type === 'message'
          ? id > (parts.at(-1) ?? 0)
          : place > (parts.at(-2) ?? 0);
    const found = log.findIndex(isAfter);
    return found < 0 ? log.length : found;
  }

  const followed = ({ path, input }: Subscription) =>
    path === 'inbox.onMessage' ? stored.peer : path === 'chat.onMessage' ? roomOf(input.roomId) : undefined;

  /** Reads the next event, which tells of messages as they are now. False if there is none. */
  function read(subscription: Subscription): boolean {
    const { path, input } = subscription;
    const handlers = {
      onData: (event: unknown) =>
        subscription.queue.push({ event: structuredClone(event), sent: subscription.sent }),
    };
    if (path === 'chat.onRooms') {
      if (!subscription.needsState && !subscription.dirty) return false;
      if (subscription.needsState)
        handlers.onData({
          id: roomPosition(),
          data: { type: 'state', rooms: [stateOf(1), stateOf(2)], complete: true, position: roomPosition() },
        });
      else
        for (const roomId of [1, 2]) {
          const { unread, mentions, readUpTo, lastMessage } = stateOf(roomId);
          handlers.onData({ type: 'unread', roomId, unread, mentions, readUpTo, lastMessage });
        }
      subscription.needsState = false;
      subscription.dirty = false;
      return true;
    }
    const conversation = followed(subscription);
    const entry = conversation?.log[subscription.sent];
    if (!conversation || !entry) return false;
    subscription.sent += 1;
    const message = conversation.messages.get(entry.id);
    const isInbox = path === 'inbox.onMessage';
    const shown =
      message && (isInbox ? asInboxMessage(message) : asRoomMessage(Number(input.roomId), userName, message));
    const id = isInbox
      ? `1-sim-${entry.place}-${entry.type === 'message' ? entry.id : entry.after}`
      : textId(entry.place);
    const named = isInbox ? { id: entry.id, with: otherName } : { id: textId(entry.id) };
    if (entry.type === 'read')
      handlers.onData({ id, data: { type: 'read', reader: entry.reader, with: otherName, upTo: entry.id } });
    else if (entry.type === 'deleted') handlers.onData({ id, data: { type: 'deleted', ...named } });
    else if (message && entry.type === 'reaction')
      handlers.onData({ id, data: { type: 'reaction', ...named, reactions: shown?.reactions ?? [] } });
    else if (message) handlers.onData({ id, data: { type: entry.type, message: shown } });
    return true;
  }

  /** The next event arrives. False if there is none. */
  function emit(subscription: Subscription): boolean {
    while (subscription.queue.length === 0) if (!read(subscription)) return false;
    const { event, sent } = subscription.queue.shift() ?? { event: undefined, sent: 0 };
    subscription.arrived = sent;
    subscription.handlers.onData(event);
    return true;
  }

  function clientOf(window: number): MirageClient {
    const connection = { isOpen: true, listeners: new Set<(state: string) => void>() };
    connections[window] = connection;
    const own = () => [...subscriptions].filter((each) => each.window === window);
    const state = () => (own().length === 0 ? 'idle' : connection.isOpen ? 'open' : 'connecting');
    let told = 'idle';
    const tell = () => {
      if (state() === told) return;
      told = state();
      for (const listener of [...connection.listeners]) listener(told);
    };
    const call = (path: string, input: Input = {}) =>
      new Promise((resolve, reject) => {
        const run = () => {
          if (isOver) throw refusal('UNAUTHORIZED');
          return procedures[path]?.(structuredClone(input));
        };
        calls.push({ path, window, input, run, resolve, reject });
      });
    const subscribe = (path: string, input: Input, handlers: Handlers) => {
      const start = path === 'chat.onRooms' ? 0 : resumeAt(path, input);
      const subscription: Subscription = {
        ...{ path, window, input, handlers },
        sent: start,
        arrived: start,
        queue: [],
        dirty: false,
        needsState: true,
      };
      subscriptions.add(subscription);
      if (connection.isOpen) handlers.onStarted?.();
      tell();
      return {
        unsubscribe() {
          subscriptions.delete(subscription);
          tell();
        },
      };
    };
    const procedure = (path: string) => ({
      query: (input?: Input) => call(path, input),
      mutate: (input?: Input) => call(path, input),
      subscribe: (input: Input, handlers: Handlers) => subscribe(path, input, handlers),
    });
    const router = (name: string) => new Proxy({}, { get: (_, key) => procedure(`${name}.${String(key)}`) });
    const client = {
      url: 'http://simulated/',
      connection: {
        get state() {
          return state();
        },
        onChange(listener: (state: string) => void) {
          connection.listeners.add(listener);
          return () => connection.listeners.delete(listener);
        },
        close() {},
      },
      ...Object.fromEntries(['auth', 'users', 'inbox', 'chat'].map((name) => [name, router(name)])),
    };
    return Object.assign(client, { tell }) as unknown as MirageClient; // safe: all of it that a chat uses
  }

  return {
    stored,
    calls,
    marks,
    subscriptions,
    send,
    edit,
    react,
    remove,
    clientOf,
    /** What the other has read. */
    receipt(upTo: number) {
      if (upTo <= stored.peer.peerReadUpTo || upTo > messages) return;
      stored.peer.peerReadUpTo = upTo;
      recordRead(otherName, upTo);
    },
    unreadOf,
    serve(call: Call) {
      if (call.outcome) return;
      if (call.path.endsWith('.markRead')) marks.push(call);
      try {
        call.outcome = { value: structuredClone(call.run()) };
      } catch (error) {
        call.outcome = { error };
      }
    },
    answer(call: Call) {
      this.serve(call);
      calls.splice(calls.indexOf(call), 1);
      if (call.outcome && 'error' in call.outcome) call.reject(call.outcome.error);
      else call.resolve(call.outcome?.value);
    },
    lose(call: Call) {
      calls.splice(calls.indexOf(call), 1);
      call.reject(lost());
    },
    refuse(call: Call, error: unknown) {
      calls.splice(calls.indexOf(call), 1);
      call.reject(error);
    },
    read,
    emit,
    cut(window: number) {
      const connection = connections[window];
      if (!connection?.isOpen) return;
      connection.isOpen = false;
      for (const subscription of subscriptions) {
        if (subscription.window !== window) continue;
        subscription.queue = [];
        subscription.sent = subscription.arrived;
      }
      for (const { window: own, handlers } of [...subscriptions])
        if (own === window) handlers.onConnectionStateChange?.({ state: 'connecting', error: lost() });
      for (const listener of [...connection.listeners]) listener('connecting');
    },
    /** Events go on where they stopped, repeat some, or tell of a gap. */
    heal(window: number, { repeat = 0, isGap = false } = {}) {
      const connection = connections[window];
      if (!connection || connection.isOpen) return;
      connection.isOpen = true;
      for (const subscription of [...subscriptions].filter((each) => each.window === window)) {
        subscription.needsState = true;
        const conversation = followed(subscription);
        const start = conversation ? resumeAt(subscription.path, subscription.input) : 0;
        subscription.handlers.onConnectionStateChange?.({ state: 'pending', error: null });
        if (conversation && isGap && subscription.sent < conversation.log.length) {
          subscription.sent = conversation.log.length;
          subscription.arrived = subscription.sent;
          subscription.input = { ...subscription.input, lastEventId: roomPosition() };
          subscription.handlers.onData(
            subscription.path === 'inbox.onMessage'
              ? { id: inboxPosition(), data: { type: 'gap' } }
              : { type: 'gap' },
          );
        } else subscription.sent = Math.max(start, subscription.sent - repeat);
        subscription.arrived = subscription.sent;
      }
      for (const listener of [...connection.listeners]) listener('open');
    },
    isOpen: (window: number) => connections[window]?.isOpen ?? false,
    /** As the server does, it ends by itself, of which only followers of a room are told. */
    typing(isTyping: boolean) {
      stopTyping?.();
      stopTyping = isTyping
        ? clock.setTimer(() => tellTyping(false, 'chat.onPresence'), typingMs)
        : undefined;
      tellTyping(isTyping);
    },
    endSession() {
      isOver = true;
    },
    close: () => void stopTyping?.(),
    clock,
  };

  function tellTyping(isTyping: boolean, only?: string): void {
    for (const { path, handlers, window } of [...subscriptions]) {
      if (!connections[window]?.isOpen || (only !== undefined && path !== only)) continue;
      if (path === 'inbox.onMessage') handlers.onData({ type: 'typing', from: otherName, isTyping });
      if (path === 'chat.onPresence')
        handlers.onData({
          type: 'state',
          online: [userName, otherName],
          typing: isTyping ? [userName, otherName] : [userName],
        });
    }
  }
}
