import { compareIds } from './room-feed.ts';
import { read, write } from './storage.ts';
import { createStore, type Store } from './store.ts';

/** The newest message that was shown here of each conversation, for as long as this browser keeps it. */
export interface Seen extends Store<ReadonlyMap<string, string>> {
  /** It stays at the newest. */
  mark(conversation: string, id: string): void;
  close(): void;
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
  const key = storageKey(username);
  const store = createStore<ReadonlyMap<string, string>>(parse(read(key)));
  /** Takes in what was seen in other windows. */
  function merge(kept: string | undefined): void {
    const news = [...parse(kept)].filter(([conversation, id]) => isNewer(id, store.get().get(conversation)));
    if (news.length > 0) store.set(new Map([...store.get(), ...news]));
  }
  const onStorage = (event: StorageEvent) => {
    if (event.key === key) merge(event.newValue ?? undefined);
  };
  addEventListener('storage', onStorage);
  return {
    get: store.get,
    subscribe: store.subscribe,
    mark(conversation, id) {
      if (!isNewer(id, store.get().get(conversation))) return;
      merge(read(key));
      store.set(new Map(store.get()).set(conversation, id));
      write(key, JSON.stringify(Object.fromEntries(store.get())));
    },
    close: () => removeEventListener('storage', onStorage),
  };
}

const isNewer = (id: string, known: string | undefined) => known === undefined || compareIds(id, known) > 0;

function parse(text: string | undefined): Map<string, string> {
  try {
    const kept: unknown = JSON.parse(text ?? '{}');
    return new Map(Object.entries(kept ?? {}).filter(([, id]) => typeof id === 'string'));
  } catch {
    return new Map();
  }
}
