/** The slots of an empty buffer: few enough for thousands of buffers, but enough not to grow at every push. */
const minSlots = 4;

/** A queue of at most `capacity` items, oldest first. Memory grows and shrinks with the number of items. */
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
    this.#slots = new Array(Math.min(minSlots, capacity));
  }

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.#slots[this.#head]; // free slots are undefined
  }

  get newest(): T | undefined {
    return this.at(this.#size - 1);
  }

  /** The item at an index, where 0 is the oldest; undefined if out of range. */
  at(index: number): T | undefined {
    return index >= 0 && index < this.#size ? this.#slots[this.#slotOf(index)] : undefined;
  }

  /** Adds an item. Returns the oldest one if it was evicted because the buffer was full. */
  push(item: T): T | undefined {
    const dropped = this.#size === this.#capacity ? this.#takeOldest() : undefined;
    const size = this.#size;
    if (size === this.#slots.length) this.#resize(Math.min(size * 2, this.#capacity));
    const slots = this.#slots;
    slots[wrapped(this.#head + size, slots.length)] = item;
    this.#size = size + 1;
    return dropped;
  }

  shift(): T | undefined {
    const item = this.#takeOldest();
    const { length } = this.#slots;
    // Shrinks at a quarter rather than a half, so that a size that oscillates does not cause a copy each time.
    if (length > minSlots && this.#size <= length / 4) this.#resize(Math.max(length >>> 1, minSlots));
    return item;
  }

  /** Removes an item, if it is there, and moves those on its shorter side. Looks from the newest. */
  remove(item: T): void {
    let index = this.#size - 1;
    while (index >= 0 && this.at(index) !== item) index -= 1;
    if (index < 0) return;
    if (index < this.#size / 2) {
      for (let at = index; at > 0; at -= 1) this.#slots[this.#slotOf(at)] = this.at(at - 1);
      this.shift();
      return;
    }
    for (let at = index; at < this.#size - 1; at += 1) this.#slots[this.#slotOf(at)] = this.at(at + 1);
    this.#slots[this.#slotOf(this.#size - 1)] = undefined;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.#size; index += 1) yield this.at(index) as T; // safe: index < size
  }

  #takeOldest(): T | undefined {
    const size = this.#size;
    if (size === 0) return undefined;
    const slots = this.#slots;
    const head = this.#head;
    const item = slots[head];
    slots[head] = undefined; // allows garbage collection of the item
    this.#head = wrapped(head + 1, slots.length);
    this.#size = size - 1;
    return item;
  }

  #slotOf(index: number): number {
    return wrapped(this.#head + index, this.#slots.length);
  }

  #resize(length: number): void {
    const slots = new Array<T | undefined>(length);
    for (let index = 0; index < this.#size; index += 1) slots[index] = this.#slots[this.#slotOf(index)];
    this.#slots = slots;
    this.#head = 0;
  }
}

const wrapped = (slot: number, length: number) => (slot < length ? slot : slot - length);
