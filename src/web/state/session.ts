import { QueryCache, QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { type Chat, createChat } from '../../client/chat/index.ts';
import { type FileTarget, type MirageClient, reasonOf } from '../../client/index.ts';
import { chatStorage } from './chat-storage.ts';
import { inboxDelivery, roomDelivery } from './delivery.ts';
import { createInbox, type Inbox } from './inbox.ts';
import type { InboxMessage } from './inbox-types.ts';
import { openKeptUploads } from './kept-uploads.ts';
import { createOutbox, type Delivery, type Outbox } from './outbox.ts';
import { openOutboxStorage, unsentConversations } from './outbox-storage.ts';
import { pinsKey } from './pins.ts';
import { refresh } from './refresh.ts';
import { isTransient, retryDelayMs } from './retry.ts';
import { createRoomFeed } from './room-feed.ts';
import { createRoomFeeds, type RoomFeeds } from './room-feeds.ts';
import { createRoomMarks } from './room-marks.ts';
import { createSeen, inboxKey, parseKey, roomKey, type Seen } from './seen.ts';
import { createStore, type Store } from './store.ts';
import { createUploads, type Uploads } from './uploads.ts';

/** A new message by someone else. */
export type News = { inbox: InboxMessage };

/** Everything that belongs to one login. */
export interface Session {
  client: MirageClient;
  username: string;
  /** Rooms, conversations and what is being sent. */
  chat: Chat;
  queries: QueryClient;
  inbox: Inbox;
  seen: Seen;
  feeds: RoomFeeds;
  roomOutbox(roomId: number): Outbox;
  inboxOutbox(peer: string): Outbox;
  roomUploads(roomId: number): Uploads;
  inboxUploads(peer: string): Uploads;
  /** Whether the server is known to take no files. */
  areFilesOff: Store<boolean>;
  /** Sends no messages while `task` runs, nor afterwards if it succeeds. */
  withoutSending(task: () => Promise<void>): Promise<void>;
  /** The user is about to leave the room. */
  beforeLeaving(roomId: number): Promise<void>;
  /** For the views that do not stand on `chat` yet. */
  followRooms(): () => void;
  onNews(listener: (news: News) => void): () => void;
  /** Whether the server has accepted a subscription. */
  hasBeenLive(): boolean;
  close(): void;
}

export function createSession(client: MirageClient, username: string, onExpired: () => void): Session {
  const listeners = new Set<(news: News) => void>();
  const emitNews = (news: News) => {
    for (const listener of [...listeners]) listener(news);
  };
  const endIfExpired = (reason: ReturnType<typeof reasonOf>) => {
    if (reason === 'UNAUTHORIZED') onExpired();
  };

  const queries = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => endIfExpired(reasonOf(error)) }),
    defaultOptions: {
      queries: {
        retry: (count, error) => count < 2 && isTransient(error),
        retryDelay: (count, error) => retryDelayMs(count + 1, error),
        staleTime: 10_000,
        networkMode: 'always',
      },
      // `navigator.onLine` is ignored: the server may be on this machine, and a paused mutation must not run later.
      mutations: { onError: (error) => endIfExpired(reasonOf(error)), networkMode: 'always' },
    },
  });

  const chat = createChat({ client, username, storage: chatStorage });
  const stopWatchingSession = chat.state.subscribe(() => {
    const { session, error } = chat.state.getSnapshot();
    if (session === 'ended' && error) onExpired();
  });

  let isLive = false;
  const seen = createSeen(username);
  const inbox = createInbox(client, username, {
    onMessage(message) {
      if (message.sender === username) reportSent(inboxKey(message.recipient), message.clientId);
      else emitNews({ inbox: message });
    },
    onEnd: endIfExpired,
    onStarted() {
      isLive = true;
    },
  });

  const feeds = createRoomFeeds((roomId) => {
    const feed = createRoomFeed(client, roomId, {
      onEnd(reason) {
        if (reason === 'UNAUTHORIZED') onExpired();
      },
      onPins: () => void refresh(queries, pinsKey(roomId)),
    });
    feed.onMessage((message) => {
      if (message.username === username) reportSent(roomKey(roomId), message.clientId);
    });
    return feed;
  });

  const outboxes = new Map<string, Outbox>();
  function outbox(conversation: string, delivery: Delivery): Outbox {
    const found =
      outboxes.get(conversation) ?? createOutbox(openOutboxStorage(username, conversation), delivery);
    outboxes.set(conversation, found);
    return found;
  }
  function reportSent(conversation: string, key: string | undefined): void {
    if (key !== undefined) outboxes.get(conversation)?.received(key);
  }
  const roomOutbox = (roomId: number) =>
    outbox(
      roomKey(roomId),
      roomDelivery(client, roomId, () => feeds.get().get(roomId)),
    );
  const inboxOutbox = (peer: string) => outbox(inboxKey(peer), inboxDelivery(client, peer, inbox));
  for (const conversation of unsentConversations(username)) {
    const target = parseKey(conversation);
    if (target && 'roomId' in target) roomOutbox(target.roomId);
    else if (target) inboxOutbox(target.peer);
  }

  const areFilesOff = createStore(false);
  const allUploads = new Map<string, Uploads>();
  function uploads(conversation: string, target: FileTarget): Uploads {
    const found =
      allUploads.get(conversation) ??
      createUploads({
        // Not the end of the session if it is refused: cookies of earlier versions are not sent with uploads.
        upload: (file, options) => client.files.upload(file, target, options),
        kept: openKeptUploads(username, conversation),
        onOff: () => areFilesOff.set(true),
      });
    allUploads.set(conversation, found);
    return found;
  }

  const roomMarks = createRoomMarks(client, seen);
  function lookAtRooms(): void {
    const { status, items } = chat.rooms.getSnapshot();
    if (status !== 'ready') return;
    roomMarks.learn(items);
    for (const roomId of feeds.get().keys()) {
      if (items.some(({ id }) => id === roomId)) continue;
      feeds.close(roomId);
      void roomMarks.forget(roomId);
    }
  }

  let hasBeenOpen = false;
  const stopWatching = client.connection.onChange((state) => {
    if (state !== 'open') return;
    // Subscriptions resume by themselves. What failed during the interruption is repeated.
    void inbox.refresh();
    for (const feed of feeds.get().values()) feed.retry();
    for (const outbox of outboxes.values()) outbox.resume();
    if (hasBeenOpen) void refresh(queries);
    hasBeenOpen = true;
  });

  return {
    client,
    username,
    chat,
    queries,
    inbox,
    seen,
    feeds,
    roomOutbox,
    inboxOutbox,
    roomUploads: (roomId) => uploads(roomKey(roomId), { roomId }),
    inboxUploads: (peer) => uploads(inboxKey(peer), { recipient: peer }),
    areFilesOff,
    async withoutSending(task) {
      for (const outbox of outboxes.values()) outbox.pause();
      await Promise.all([inbox.pause(), roomMarks.pause()]);
      try {
        await task();
      } catch (error) {
        for (const part of [...outboxes.values(), inbox, roomMarks]) part.resume();
        throw error;
      }
    },
    beforeLeaving: roomMarks.forget,
    followRooms: () => chat.rooms.subscribe(lookAtRooms),
    onNews(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    hasBeenLive: () => isLive,
    close() {
      stopWatchingSession();
      void chat.close();
      stopWatching();
      roomMarks.close();
      inbox.close();
      seen.close();
      for (const feed of feeds.get().values()) feed.close();
      // Later requests would carry the cookie of the next user.
      for (const outbox of outboxes.values()) outbox.close();
      for (const uploads of allUploads.values()) uploads.close();
      client.connection.close();
      queries.clear();
    },
  };
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session');
  return session;
}
