import { setTimeout } from 'node:timers/promises';
import { Batch, LiveEvent } from './batch.ts';
import { lastId, type Subscription } from './subscription.ts';

/** How long to leave a store alone that has failed to answer. */
const retryMs = 1000;

export interface Page {
  events: LiveEvent[];
  complete: boolean;
  /** Where the page ends, if not at its last event that has an id. */
  position?: string | undefined;
}

/** Where a topic's events are kept. */
export interface Source {
  /**
   * What is newer than `after`, oldest first; if that is too much for one answer, its beginning, and then it is not
   * complete. An event without an id may come first, to say that something is missing.
   */
  read(after: string | undefined): Promise<Page>;
  /** Whether the event `a` was stored after `b`. */
  isNewer(a: string, b: string): boolean;
}

/**
 * Follows one topic for all its subscribers in this process. On a signal it reads what is new once and hands the same
 * batch to everybody; all signals of one tick lead to one read. A newcomer first reads its own history, and joins the
 * others at a moment when it has exactly what they have.
 */
export class Follower {
  readonly #source: Source;
  readonly #onError: (error: unknown) => void;
  /** Up to here `#live` has everything. */
  #position: string | undefined;
  readonly #live = new Set<Subscription>();
  /** Those still reading history. */
  readonly #reading = new Set<Subscription>();
  /** Those who have read further than `#position`, and join with the next read. */
  readonly #ahead = new Set<Subscription>();
  #notices: LiveEvent[] = [];
  #isDirty = false;
  #isScheduled = false;
  #isReading = false;

  constructor(source: Source, onError: (error: unknown) => void) {
    this.#source = source;
    this.#onError = onError;
  }

  get size(): number {
    return this.#live.size + this.#reading.size + this.#ahead.size;
  }

  *subscriptions(): Generator<Subscription> {
    yield* this.#live;
    yield* this.#reading;
    yield* this.#ahead;
  }

  /** There is something new: in the store, or the notice itself. */
  signal(notice?: object): void {
    if (notice) this.#notices.push(new LiveEvent(notice));
    this.#schedule();
  }

  /** Counts as a subscriber from now on, and gets events once it is started. */
  add(subscription: Subscription): void {
    this.#reading.add(subscription);
  }

  remove(subscription: Subscription): void {
    this.#live.delete(subscription);
    this.#reading.delete(subscription);
    this.#ahead.delete(subscription);
  }

  /** Sends what the subscriber has missed, page by page, until it has what the others have. */
  async start(subscription: Subscription): Promise<void> {
    while (!subscription.ended) {
      const before = this.#position;
      try {
        const page = await this.#source.read(subscription.position);
        for (const part of parts(page.events)) {
          subscription.send(part);
          await subscription.drained();
        }
        subscription.position = page.position ?? subscription.position;
        if (page.complete && this.#join(subscription, before)) return;
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  /**
   * Joins a subscriber that has read all there was to those who are live, whose position before its read is given.
   * Returns false when they have moved on meanwhile and it must read on.
   */
  #join(subscription: Subscription, before: string | undefined): boolean {
    if (subscription.ended) return true;
    const { position } = subscription;
    // With nobody to keep up with, the newcomer says where we are.
    if (this.#live.size + this.#ahead.size === 0 && !this.#isReading) this.#position = position;
    else if (this.#isAhead(position)) {
      this.#reading.delete(subscription);
      this.#ahead.add(subscription);
      this.#schedule();
      return true;
      // Where they have not moved, nothing newer than its own position was left of what they have seen.
    } else if (position !== this.#position && before !== this.#position) return false;
    this.#reading.delete(subscription);
    this.#enter(subscription);
    this.#schedule(); // there may be news since its read
    return true;
  }

  #isAhead(position: string | undefined): boolean {
    if (position === undefined) return false;
    return this.#position === undefined || this.#source.isNewer(position, this.#position);
  }

  #enter(subscription: Subscription): void {
    this.#live.add(subscription);
    if (subscription.held.length > 0) subscription.send(subscription.held.splice(0));
  }

  #schedule(): void {
    this.#isDirty = true;
    if (this.#isScheduled || this.#isReading) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#readOn();
    });
  }

  async #readOn(): Promise<void> {
    this.#isReading = true;
    this.#isDirty = false;
    try {
      let complete = this.#live.size + this.#ahead.size === 0;
      while (!complete) {
        const page = await this.#source.read(this.#position);
        complete = page.complete;
        this.#broadcast(page);
      }
      this.#tell(this.#notices.splice(0));
    } catch (error) {
      await this.#pauseAfter(error);
      this.#isDirty = true;
    }
    this.#isReading = false;
    if (this.#isDirty || this.#ahead.size > 0) this.#schedule();
  }

  /** The subscribers stay, and what they miss meanwhile they get when the store is back. */
  async #pauseAfter(error: unknown): Promise<void> {
    this.#onError(error);
    await setTimeout(retryMs, undefined, { ref: false });
  }

  #broadcast({ events, position }: Page): void {
    this.#position = position ?? lastId(events) ?? this.#position;
    if (events.length > 0) {
      const batch = new Batch(events, this.#position);
      for (const subscription of this.#live) subscription.sendBatch(batch);
    }
    for (const subscription of this.#ahead) this.#catchUp(subscription, events);
  }

  /** It has some of these events already, and perhaps later ones too. */
  #catchUp(subscription: Subscription, events: LiveEvent[]): void {
    const { position = '' } = subscription;
    const missed = events.filter(({ id }) => id !== undefined && this.#source.isNewer(id, position));
    if (missed.length > 0) subscription.send(missed);
    if (this.#isAhead(subscription.position)) return;
    this.#ahead.delete(subscription);
    if (!subscription.ended) this.#enter(subscription);
  }

  #tell(notices: LiveEvent[]): void {
    if (notices.length === 0) return;
    const batch = new Batch(notices, this.#position);
    for (const subscription of this.#live) subscription.sendBatch(batch);
    for (const subscription of [...this.#reading, ...this.#ahead]) subscription.hold(notices);
  }
}

/** Enough to keep a connection busy, and little enough to wait in its buffer. */
const maxPartLength = 64 * 1024;

/** History goes out in parts, each once there is room for it, so that what waits for a slow reader stays small. */
function* parts(events: LiveEvent[]): Generator<LiveEvent[]> {
  let start = 0;
  let length = 0;
  for (const [index, event] of events.entries()) {
    length += event.json.length;
    if (length < maxPartLength) continue;
    yield events.slice(start, index + 1);
    start = index + 1;
    length = 0;
  }
  if (start < events.length) yield events.slice(start);
}
