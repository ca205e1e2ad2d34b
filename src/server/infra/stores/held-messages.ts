import type { RingBuffer } from './ring-buffer.ts';
import { compareMessageIds } from './room-message-store.ts';

/** The messages of a room, in the order of their ids. */
type Held<T> = Pick<RingBuffer<T>, 'at' | 'size'>;

export function findById<T extends { id: string }>(held: Held<T>, id: string): T | undefined {
  const found = held.at(countUpTo(held, id) - 1);
  return found?.id === id ? found : undefined;
}

/** How many are not newer than `id`. Searches from the end, as most readers miss only the newest messages. */
export function countUpTo(held: Held<{ id: string }>, id: string): number {
  const isNewer = (index: number) => {
    const message = held.at(index);
    return message !== undefined && compareMessageIds(message.id, id) > 0;
  };
  let high = held.size;
  let step = 1;
  while (isNewer(high - step)) {
    high -= step;
    step *= 2;
  }
  // Messages from `high` on are newer, and those before `low` are not.
  let low = Math.max(0, high - step + 1);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isNewer(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
