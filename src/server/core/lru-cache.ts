import { LRUCache } from 'lru-cache';

type Options<Key extends string | number, Value extends object | string | number | boolean> = Omit<
  LRUCache.OptionsBase<Key, Value, unknown>,
  'max' | 'maxSize' | 'maxEntrySize' | 'sizeCalculation'
>;

/**
 * A cache of at most `max` entries, from which the least recently used ones are evicted. It grows with its entries: told
 * `max` as such, the library allocates room for all of them at once, which for 100,000 takes 20 ms and several megabytes.
 */
export const lruCache = <Key extends string | number, Value extends object | string | number | boolean>(
  max: number,
  options: Options<Key, Value> = {},
): LRUCache<Key, Value> => new LRUCache<Key, Value>({ ...options, maxSize: max, sizeCalculation: () => 1 });
