/** Adds an item to the set of its key. */
export function addTo<Key, Item>(index: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const items = index.get(key);
  if (items) items.add(item);
  else index.set(key, new Set([item]));
}

/** Removes an item, and with the last one the set of its key. */
export function removeFrom<Key, Item>(index: Map<Key, Set<Item>>, key: Key, item: Item): void {
  const items = index.get(key);
  if (items?.delete(item) && items.size === 0) index.delete(key);
}
