import { RingBuffer } from './ring-buffer.ts';
import { compareMessageIds } from './room-message-store.ts';

/** The messages of a room, in the order of their ids. */
export class HeldMessages<T extends { id: string }> extends RingBuffer<T> {
  find(id: string): T | undefined {
    const found = this.at(this.countUpTo(id) - 1);
    return found?.id === id ? found : undefined;
  }

  /** How many are not newer than `id`. Searches from the end, as most readers miss only the newest messages. */
  countUpTo(id: string): number {
    const isNewer = (index: number) => {
      const message = this.at(index);
      return message !== undefined && compareMessageIds(message.id, id) > 0;
    };
    let high = this.size;
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
}
