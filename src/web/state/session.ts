import { QueryCache, QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { type MirageClient, reasonOf } from '../../client/index.ts';
import type { InboxMessage } from './conversations.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { mayPass } from './retrying.ts';
import { createRoomFeed, type RoomFeed, type RoomMessage } from './room-feed.ts';
import { createSeen, type Seen } from './seen.ts';
import { createStore, type Store } from './store.ts';

/** Something that has just come, for whoever wants to tell the reader. */
export type News = { room: RoomMessage } | { inbox: InboxMessage };

/** All that belongs to one user being logged in, from then until the end. */
export interface Session {
  client: MirageClient;
  username: string;
  queries: QueryClient;
  inbox: Inbox;
  seen: Seen;
  /** Those of the rooms one is in; the others have none. */
  feeds: Store<ReadonlyMap<number, RoomFeed>>;
  /** Follows just these rooms, the first of them if there are too many, no matter which were followed before. */
  followRooms(roomIds: number[]): void;
  roomOutbox(roomId: number): Outbox;
  inboxOutbox(peer: string): Outbox;
  onNews(listener: (news: News) => void): () => void;
  close(): void;
}

/** Beyond these, rooms are not followed: a connection carries 200 subscriptions. */
const maxFollowed = 150;

export function createSession(client: MirageClient, username: string, onExpired: () => void): Session {
  const listeners = new Set<(news: News) => void>();
  const tell = (news: News) => {
    for (const listener of [...listeners]) listener(news);
  };
  const endIfExpired = (reason: ReturnType<typeof reasonOf>) => {
    if (reason === 'UNAUTHORIZED') onExpired();
  };

  const queries = new QueryClient({
    queryCache: new QueryCache({ onError: (error) => endIfExpired(reasonOf(error)) }),
    defaultOptions: {
      queries: {
        retry: (count, error) => count < 2 && mayPass(error),
        staleTime: 10_000,
        networkMode: 'always',
      },
      // The browser's word for it that there is no network is not taken: the server may be on this very machine. Above
      // all, what was asked for then must not happen later, unasked.
      mutations: { onError: (error) => endIfExpired(reasonOf(error)), networkMode: 'always' },
    },
  });

  const inbox = createInbox(client, username, {
    onMessage(message) {
      if (message.sender === username) outboxes.get(`inbox ${message.recipient}`)?.arrived(message.text);
      else tell({ inbox: message });
    },
    onEnd: endIfExpired,
  });

  const seen = createSeen(username);
  const feeds = createStore<ReadonlyMap<number, RoomFeed>>(new Map());
  const openFeed = (roomId: number) =>
    createRoomFeed(client, roomId, {
      onMessage(message) {
        if (message.username === username) outboxes.get(`room ${roomId}`)?.arrived(message.text);
        else tell({ room: message });
      },
      onEnd(reason) {
        if (reason === 'UNAUTHORIZED') onExpired();
        else void queries.invalidateQueries({ queryKey: ['rooms'] });
      },
    });

  const outboxes = new Map<string, Outbox>();
  function outbox(key: string, deliver: Parameters<typeof createOutbox>[0]): Outbox {
    const found = outboxes.get(key) ?? createOutbox(deliver);
    outboxes.set(key, found);
    return found;
  }

  let hasBeenOpen = false;
  const stopWatching = client.connection.onChange((state) => {
    if (state !== 'open') return;
    // Messages come by themselves. What else has happened was told to those who listened: nobody here, until now.
    void inbox.refresh();
    for (const feed of feeds.get().values()) feed.retry();
    if (hasBeenOpen) void queries.invalidateQueries();
    hasBeenOpen = true;
  });

  return {
    client,
    username,
    queries,
    inbox,
    seen,
    feeds,
    followRooms(roomIds) {
      const before = feeds.get();
      const wanted = new Set([...new Set(roomIds)].slice(0, maxFollowed));
      for (const [roomId, feed] of before) if (!wanted.has(roomId)) feed.close();
      feeds.set(new Map([...wanted].map((roomId) => [roomId, before.get(roomId) ?? openFeed(roomId)])));
    },
    roomOutbox: (roomId) =>
      outbox(`room ${roomId}`, async (text, signal) => {
        const message = await client.chat.sendMessage.mutate({ roomId, text }, { signal });
        feeds.get().get(roomId)?.add(message);
      }),
    inboxOutbox: (peer) =>
      outbox(`inbox ${peer}`, async (text, signal) =>
        inbox.add(await client.inbox.sendMessage.mutate({ recipient: peer, text }, { signal })),
      ),
    onNews(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      stopWatching();
      inbox.close();
      seen.close();
      for (const feed of feeds.get().values()) feed.close();
      // Requests carry the cookie that there is when they leave, which may be another user's by then.
      for (const outbox of outboxes.values()) outbox.close();
      client.connection.close();
      queries.clear();
    },
  };
}

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('nobody is logged in');
  return session;
}
