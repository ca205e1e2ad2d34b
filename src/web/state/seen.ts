import { compareIds } from './message-ids.ts';
import { onStorage, read, write } from './storage.ts';
import { createStore, type Store } from './store.ts';

/** The newest message shown of each room, stored in this browser. */
export interface Seen extends Store<ReadonlyMap<string, string>> {
  /** Ignores ids older than the stored ones. */
  mark(ids: ReadonlyMap<string, string>): void;
  close(): void;
}

export const roomKey = (roomId: number) => `room ${roomId}`;
export const inboxKey = (peer: string) => `inbox ${peer}`;

/** The conversation of a key; undefined for any other text. */
export function parseKey(key: string): { roomId: number } | { peer: string } | undefined {
  const [, kind, name = ''] = /^(room|inbox) (.+)$/s.exec(key) ?? [];
  if (kind === 'inbox') return { peer: name };
  return kind === 'room' && /^\d+$/.test(name) ? { roomId: Number(name) } : undefined;
}

const storageKey = (username: string) => `mirage.seen.${username}`;

/** Deletes the names of conversation partners that earlier versions stored. Room ids reveal nothing and are kept. */
export function deleteSeenPeers(username: string): void {
  const rooms = [...parse(read(storageKey(username)))].filter(
    ([conversation]) => !conversation.startsWith(inboxKey('')),
  );
  write(storageKey(username), JSON.stringify(Object.fromEntries(rooms)));
}

export function createSeen(username: string): Seen {
  const key = storageKey(username);
  const store = createStore<ReadonlyMap<string, string>>(parse(read(key)));
  /** Says whether more was seen than is known. */
  function merge(ids: ReadonlyMap<string, string>): boolean {
    const news = [...ids].filter(([conversation, id]) => isNewer(id, store.get().get(conversation)));
    if (news.length > 0) store.set(new Map([...store.get(), ...news]));
    return news.length > 0;
  }
  const stopFollowing = onStorage(key, (changed, value) => {
    if (changed === key) merge(parse(value));
  });
  return {
    get: store.get,
    subscribe: store.subscribe,
    mark(ids) {
      if (!merge(ids)) return;
      merge(parse(read(key))); // of other windows
      write(key, JSON.stringify(Object.fromEntries(store.get())));
    },
    close: stopFollowing,
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
