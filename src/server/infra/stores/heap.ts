/** An item knows its place, so that the heap finds it again when it has changed. */
export interface Placed {
  place: number;
}

/** A binary heap of items that change: of all items, the first is one that no other comes before. */
export class Heap<T extends Placed> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    item.place = this.#items.length;
    this.#items.push(item);
    this.moved(item);
  }

  remove(item: T): void {
    const last = this.#items.pop();
    if (!last || last === item) return;
    this.#put(last, item.place);
    this.moved(last);
  }

  /** Must be called when an item may come before or after other ones than it did. */
  moved(item: T): void {
    while (item.place > 0 && this.#swapIfBefore(item, this.#items[(item.place - 1) >>> 1]));
    for (;;) {
      const left = this.#items[2 * item.place + 1];
      const right = this.#items[2 * item.place + 2];
      const child = left && right && this.#isBefore(right, left) ? right : left;
      if (!child || !this.#swapIfBefore(child, item)) return;
    }
  }

  #swapIfBefore(item: T, parent: T | undefined): boolean {
    if (!parent || !this.#isBefore(item, parent)) return false;
    const { place } = parent;
    this.#put(parent, item.place);
    this.#put(item, place);
    return true;
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    item.place = place;
  }
}
