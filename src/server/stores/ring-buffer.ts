/** What an empty buffer keeps: little enough for thousands of them, enough not to grow at every push. */
const fewestSlots = 4;

/**
 * A queue, oldest first, of at most `capacity` items. Slots are taken as it fills and given back as it
 * empties, so a generous capacity costs nothing until it is used.
 */
export class RingBuffer<T> {
  readonly #capacity: number;
  #slots: (T | undefined)[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`a ring buffer holds at least one item, not ${capacity}`);
    }
    this.#capacity = capacity;
    this.#slots = new Array(Math.min(fewestSlots, capacity));
  }

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.at(0);
  }

  get newest(): T | undefined {
    return this.at(this.#size - 1);
  }

  /** Counted from the oldest, which is 0; undefined beyond either end. */
  at(index: number): T | undefined {
    return index >= 0 && index < this.#size ? this.#slots[this.#slotOf(index)] : undefined;
  }

  /** Returns the item that had to make way, if the buffer was full. */
  push(item: T): T | undefined {
    const dropped = this.#size === this.#capacity ? this.#takeOldest() : undefined;
    if (this.#size === this.#slots.length) this.#resize(Math.min(this.#size * 2, this.#capacity));
    this.#slots[this.#slotOf(this.#size)] = item;
    this.#size += 1;
    return dropped;
  }

  shift(): T | undefined {
    const item = this.#takeOldest();
    const { length } = this.#slots;
    // At a quarter and not at a half, lest a size swinging about the mark copy everything at each swing.
    if (length > fewestSlots && this.#size <= length / 4) {
      this.#resize(Math.max(Math.floor(length / 2), fewestSlots));
    }
    return item;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.#size; index += 1) yield this.at(index) as T; // safe: index < size
  }

  #takeOldest(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined; // else the item would stay in memory until the slot is used again
    this.#head = this.#slotOf(1);
    this.#size -= 1;
    return item;
  }

  #slotOf(index: number): number {
    const slot = this.#head + index;
    return slot < this.#slots.length ? slot : slot - this.#slots.length;
  }

  #resize(length: number): void {
    const slots = new Array<T | undefined>(length);
    for (let index = 0; index < this.#size; index += 1) slots[index] = this.#slots[this.#slotOf(index)];
    this.#slots = slots;
    this.#head = 0;
  }
}
