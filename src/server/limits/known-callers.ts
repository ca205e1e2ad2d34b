import { LRUCache } from 'lru-cache';

/**
 * From where each user has logged in. Guesses from elsewhere have a limit of their own, so that nobody can lock a user
 * out by guessing.
 */
export interface KnownCallers {
  add(username: string, address: string): void;
  has(username: string, address: string): boolean;
}

/** For a single process, and as long as that lives. Of more than 100,000 the oldest is forgotten. */
export function createMemoryKnownCallers(): KnownCallers {
  const known = new LRUCache<string, true>({ max: 100_000 });
  const keyOf = (username: string, address: string) => JSON.stringify([username, address]);
  return {
    add: (username, address) => void known.set(keyOf(username, address), true),
    has: (username, address) => known.has(keyOf(username, address)),
  };
}
