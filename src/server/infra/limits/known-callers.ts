import { lruCache } from '../../core/lru-cache.ts';

/** Addresses from which each user has logged in. Guesses from elsewhere have a separate limit, so they cannot lock the user out. */
export interface KnownCallers {
  add(username: string, address: string): void;
  has(username: string, address: string): boolean;
}

/** In memory of this process; keeps the 100,000 most recently used pairs. */
export function createMemoryKnownCallers(): KnownCallers {
  const known = lruCache<string, true>(100_000);
  const keyOf = (username: string, address: string) => JSON.stringify([username, address]);
  return {
    add: (username, address) => void known.set(keyOf(username, address), true),
    has: (username, address) => known.has(keyOf(username, address)),
  };
}
