import { setTimeout } from 'node:timers/promises';
import { Batch, LiveEvent } from './batch.ts';
import type { Sink } from './sink.ts';
import type { Subscription } from './subscription.ts';

/** How long to leave a store alone that has failed to answer. */
const retryMs = 1000;

export interface Page {
  /** An event without an id may come first, to say that something is missing. */
  events: LiveEvent[];
  /** Whether that is all there is up to `position`. */
  complete: boolean;
  /** Everything up to here has been read. At least the id of the last event; an empty string, where there are no ids. */
  position: string;
}

/** Where a topic's events are kept. */
export interface Source {
  /** What is newer than `after`, oldest first; if that is too much for one page, its beginning. */
  read(after: string | undefined): Promise<Page>;
  /** Whether the position `a` comes after `b`. */
  isNewer(a: string, b: string): boolean;
}

interface FollowerHooks {
  onError(error: unknown): void;
  /** So many events go out now, counted for each subscriber. */
  onSend(events: number): void;
}

/**
 * Follows one topic for all its subscribers in this process. On a signal it reads what is new once and hands the same
 * batch to everybody; all signals of one tick lead to one read. A newcomer first reads its own history, and joins the
 * others at a moment when it has read exactly as far as they have.
 */
export class Follower {
  readonly #source: Source;
  readonly #hooks: FollowerHooks;
  /** Up to here `#live` has everything. */
  #position: string | undefined;
  /** The last event with an id that `#live` was sent. */
  #heldId: string | undefined;
  /** With the sink of each, so that a delivery need not touch the subscription: with a thousand, memory is what it costs. */
  readonly #live = new Map<Subscription, Sink>();
  /** Those still reading history. */
  readonly #reading = new Set<Subscription>();
  readonly #notices: LiveEvent[] = [];
  #isDirty = false;
  #isScheduled = false;
  #isReading = false;
  #onRead: (() => void)[] = [];

  constructor(source: Source, hooks: FollowerHooks) {
    this.#source = source;
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#live.size + this.#reading.size;
  }

  *subscriptions(): Generator<Subscription> {
    yield* this.#live.keys();
    yield* this.#reading;
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
  }

  /** Sends what the subscriber has missed, page by page, until it has read as far as the others. */
  async start(subscription: Subscription): Promise<void> {
    while (!subscription.ended) {
      try {
        const told = this.#position;
        const page = await this.#source.read(subscription.position);
        for (const part of parts(page.events)) {
          await subscription.drained();
          subscription.send(part);
        }
        subscription.position = page.position;
        // The read began after the others were told, so it covers that too, though what they were told last is deleted.
        if (page.complete && told !== undefined && this.#source.isNewer(told, page.position))
          subscription.position = told;
        if (page.complete && this.#join(subscription)) return;
        // Ahead of the others: they are about to read what it has read, and perhaps more.
        if (page.complete && this.#isBehind(subscription.position)) await this.#nextRead();
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  #join(subscription: Subscription): boolean {
    const { sink } = subscription;
    if (subscription.ended || !sink) return true;
    // With nobody to keep up with, the newcomer says where we are.
    if (this.#live.size === 0 && !this.#isReading) this.#position = subscription.position;
    if (subscription.position !== this.#position) return false;
    this.#reading.delete(subscription);
    this.#live.set(subscription, sink);
    this.#heldId ??= subscription.heldId;
    if (subscription.held.length > 0) subscription.send(subscription.held.splice(0));
    this.#schedule(); // there may be news since its read
    return true;
  }

  #isBehind(position: string): boolean {
    return this.#position === undefined || this.#source.isNewer(position, this.#position);
  }

  #nextRead(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRead.push(resolve);
      this.#schedule();
    });
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
    // Those who came to wait while a read was under way must wait for one that begins after they came.
    const waiting = this.#onRead.splice(0);
    try {
      let complete = this.#live.size === 0;
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
    for (const resolve of waiting) resolve();
    if (this.#isDirty) this.#schedule();
  }

  /** The subscribers stay, and what they miss meanwhile they get when the store is back. */
  async #pauseAfter(error: unknown): Promise<void> {
    this.#hooks.onError(error);
    await setTimeout(retryMs, undefined, { ref: false });
  }

  #broadcast({ events, position }: Page): void {
    this.#position = position;
    for (const part of parts(events)) {
      const batch = new Batch(part, this.#heldId);
      this.#heldId = batch.lastId ?? this.#heldId;
      this.#sendToAll(batch);
    }
  }

  #sendToAll(batch: Batch): void {
    this.#hooks.onSend(this.#live.size * batch.events.length);
    this.#live.forEach((sink, subscription) => {
      if (!sink.send(batch)) subscription.drop('backlog');
    });
  }

  #tell(notices: LiveEvent[]): void {
    if (notices.length === 0) return;
    const batch = new Batch(notices, this.#heldId);
    this.#sendToAll(batch);
    for (const subscription of this.#reading) subscription.hold(notices);
  }
}

/** Enough to keep a connection busy, and little enough to wait in its buffer. */
const maxPartLength = 64 * 1024;

/**
 * Much goes out in parts, so that what waits for a slow reader stays small: history each part once there is room for
 * it, and news each once it is sure that the reader still keeps up.
 */
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
