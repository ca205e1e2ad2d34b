import { QueryCache, QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { type Chat, createChat, type Target } from '../../client/chat/index.ts';
import { type MirageClient, reasonOf } from '../../client/index.ts';
import { openKeptUploads } from '../files/kept-uploads.ts';
import { createUploads, type Uploads } from '../files/uploads.ts';
import { createMessageSearch, type MessageSearch } from '../inbox/message-search.ts';
import { createStore, type Store } from '../store.ts';
import { chatStorage } from './chat-storage.ts';
import { refresh } from './refresh.ts';
import { isTransient, retryDelayMs } from './retry.ts';

/** Everything that belongs to one login. */
export interface Session {
  client: MirageClient;
  username: string;
  /** Rooms, conversations and what is being sent. */
  chat: Chat;
  queries: QueryClient;
  search: MessageSearch;
  /** The files that are chosen for the next message of a conversation. */
  uploads(target: Target): Uploads;
  /** Whether the server is known to take no files. */
  areFilesOff: Store<boolean>;
  /** Whether the server has accepted a subscription. */
  hasBeenLive(): boolean;
  /** `forget`: at logout, also what is stored of the user. */
  close(options?: { forget?: boolean }): void;
}

/** Messages are read in larger pages than a small screen shows, as they are scrolled through. */
const pageSize = 100;

export function createSession(client: MirageClient, username: string, onExpired: () => void): Session {
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

  const chat = createChat({ client, username, storage: chatStorage, limits: { pageSize } });

  const stopEnding = [
    chat.state.subscribe(() => {
      const { session, error } = chat.state.getSnapshot();
      if (session === 'ended') endIfExpired(error?.reason ?? undefined);
    }),
    // The session may be valid all the same.
    chat.rooms.subscribe(() => endIfExpired(chat.rooms.getSnapshot().error?.reason ?? undefined)),
  ];

  const areFilesOff = createStore(false);
  const allUploads = new Map<string, Uploads>();
  function uploads(target: Target): Uploads {
    const key = 'roomId' in target ? `room ${target.roomId}` : `inbox ${target.peer}`;
    const found =
      allUploads.get(key) ??
      createUploads({
        // Not the end of the session if it is refused: cookies of earlier versions are not sent with uploads.
        upload: (file, options) =>
          client.files.upload(file, 'peer' in target ? { recipient: target.peer } : target, options),
        kept: openKeptUploads(username, key),
        onOff: () => areFilesOff.set(true),
      });
    allUploads.set(key, found);
    return found;
  }

  let hasBeenOpen = false;
  const stopWatching = client.connection.onChange((state) => {
    if (state !== 'open') return;
    // Subscriptions resume by themselves. What failed during the interruption is repeated.
    if (hasBeenOpen) void refresh(queries);
    hasBeenOpen = true;
  });

  return {
    client,
    username,
    chat,
    queries,
    search: createMessageSearch(chat),
    uploads,
    areFilesOff,
    hasBeenLive: () => chat.rooms.getSnapshot().status === 'ready',
    close({ forget = false } = {}) {
      for (const stop of stopEnding) stop();
      void chat.close({ forget });
      stopWatching();
      // Later requests would carry the cookie of the next user.
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
