import { read, write } from './storage.ts';
import { createStore, type Store } from './store.ts';

/** The newest message that was shown here of each conversation, for as long as this browser keeps it. */
export interface Seen extends Store<ReadonlyMap<string, string>> {
  mark(conversation: string, id: string): void;
}

export const roomKey = (roomId: number) => `room ${roomId}`;
export const inboxKey = (peer: string) => `inbox ${peer}`;

const storageKey = (username: string) => `mirage.seen.${username}`;

/** With whom one has talked is nobody else's business. Numbers of rooms say nothing. */
export function forgetSeenPeople(username: string): void {
  const rooms = [...parse(read(storageKey(username)))].filter(
    ([conversation]) => !conversation.startsWith(inboxKey('')),
  );
  write(storageKey(username), JSON.stringify(Object.fromEntries(rooms)));
}

export function createSeen(username: string): Seen {
  const store = createStore<ReadonlyMap<string, string>>(parse(read(storageKey(username))));
  return {
    get: store.get,
    subscribe: store.subscribe,
    mark(conversation, id) {
      if (store.get().get(conversation) === id) return;
      store.set(new Map(store.get()).set(conversation, id));
      write(storageKey(username), JSON.stringify(Object.fromEntries(store.get())));
    },
  };
}

function parse(text: string | undefined): Map<string, string> {
  try {
    const kept: unknown = JSON.parse(text ?? '{}');
    return new Map(Object.entries(kept ?? {}).filter(([, id]) => typeof id === 'string'));
  } catch {
    return new Map();
  }
}
