import { setTimeout } from 'node:timers/promises';
import { forEachInSlices } from '../../core/slices.ts';
import { Batch, LiveEvent } from './batch.ts';
import type { Sink } from './sink.ts';
import type { Subscription } from './subscription.ts';

/** How long to wait before reading again from a store that has failed. */
const retryMs = 1000;

export interface Page {
  /** The first may be an event without an id that reports a gap. */
  events: LiveEvent[];
  /** Whether there are no more pages for now. */
  complete: boolean;
  /** Everything up to here has been read: at least the id of the last event. An empty string where events have no ids. */
  position: string;
}

/** Where a topic's events are stored. */
export interface Source {
  /** The first page of what is newer than `after`, oldest first: for all subscribers, or for those of one user. */
  read(after: string | undefined, username?: string): Promise<Page>;
  /** Whether position `a` comes after `b`. */
  isNewer(a: string, b: string): boolean;
  /** Prepares ephemeral events for being sent; by default they are sent as they come. */
  prepare?(events: LiveEvent[]): Promise<LiveEvent[]>;
}

interface TopicReaderHooks {
  onError(error: unknown): void;
  /** Called with the number of events sent, counted once for each subscriber. */
  onSend(events: number): void;
}

/** Sending to a subscriber takes some 5 µs. */
const sendsPerSlice = 2000;

/**
 * Reads one topic for all its subscribers in this process. On a signal it reads what is new once and sends the same
 * batch to all; signals of the same tick are coalesced into one read. A new subscriber first reads its own history, and
 * joins the others when it has read exactly as far as they have.
 */
export class TopicReader {
  readonly #source: Source;
  readonly #hooks: TopicReaderHooks;
  /** The subscribers in `#live` have everything up to here. */
  #position: string | undefined;
  /** The id of the last event sent to `#live`. */
  #lastEventId: string | undefined;
  /** With the sink of each, so that sending does not touch the subscription objects: cache misses dominate its cost. */
  readonly #live = new Map<Subscription, Sink>();
  /** Subscribers that are still reading history. */
  readonly #reading = new Set<Subscription>();
  readonly #ephemeralEvents: LiveEvent[] = [];
  #isDirty = false;
  #isScheduled = false;
  #isReading = false;
  #onRead: (() => void)[] = [];

  constructor(source: Source, hooks: TopicReaderHooks) {
    this.#source = source;
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#live.size + this.#reading.size;
  }

  /** Something new is in the store, or here is an ephemeral event. */
  signal(event?: object): void {
    if (event) this.#ephemeralEvents.push(new LiveEvent(event));
    this.#schedule();
  }

  /** It counts as a subscriber from now on, and receives events once it is started. */
  add(subscription: Subscription): void {
    this.#reading.add(subscription);
  }

  remove(subscription: Subscription): void {
    this.#live.delete(subscription);
    this.#reading.delete(subscription);
  }

  /** Sends what the subscriber has missed, page by page, until it has read as far as the others, and joins them. */
  async start(subscription: Subscription): Promise<void> {
    while (!subscription.ended) {
      try {
        const broadcastUpTo = this.#position;
        const page = await this.#source.read(subscription.position, subscription.facts.username);
        for (const part of parts(page.events)) {
          await subscription.drained();
          subscription.send(part);
        }
        subscription.position = page.position;
        // The read began after that broadcast, so it covers it, even if the newest message was deleted in between.
        if (
          page.complete &&
          broadcastUpTo !== undefined &&
          this.#source.isNewer(broadcastUpTo, page.position)
        )
          subscription.position = broadcastUpTo;
        if (page.complete && this.#join(subscription)) return;
        // It is ahead of the others, who are about to read what it has read, and perhaps more.
        if (page.complete && this.#isBehind(subscription.position)) await this.#nextRead();
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  #join(subscription: Subscription): boolean {
    const { sink } = subscription;
    if (subscription.ended || !sink) return true;
    // With no live subscribers, the position is the new subscriber's.
    if (this.#live.size === 0 && !this.#isReading) this.#position = subscription.position;
    if (subscription.position !== this.#position) return false;
    this.#reading.delete(subscription);
    this.#live.set(subscription, sink);
    this.#lastEventId ??= subscription.lastEventId;
    if (subscription.held.length > 0) subscription.send(subscription.held.splice(0));
    this.#schedule(); // something may have been stored since its read
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
    // Whoever begins to wait during this read waits for the next one.
    const waiting = this.#onRead.splice(0);
    try {
      let complete = this.#live.size === 0;
      while (!complete) {
        const page = await this.#source.read(this.#position);
        complete = page.complete;
        await this.#broadcast(page);
      }
      await this.#sendEphemeral();
    } catch (error) {
      await this.#pauseAfter(error);
      this.#isDirty = true;
    }
    this.#isReading = false;
    for (const resolve of waiting) resolve();
    if (this.#isDirty) this.#schedule();
  }

  /** Subscribers stay, and get what they missed once the store is back. */
  async #pauseAfter(error: unknown): Promise<void> {
    this.#hooks.onError(error);
    await setTimeout(retryMs, undefined, { ref: false });
  }

  async #broadcast({ events, position }: Page): Promise<void> {
    this.#position = position;
    for (const part of parts(events)) {
      const batch = new Batch(part, this.#lastEventId);
      this.#lastEventId = batch.lastId ?? this.#lastEventId;
      await this.#sendToAll(batch);
    }
  }

  async #sendToAll(batch: Batch): Promise<void> {
    this.#hooks.onSend(this.#live.size * batch.events.length);
    if (this.#live.size <= sendsPerSlice) {
      this.#live.forEach((sink, to) => {
        send(sink, to, batch);
      });
      return;
    }
    // A copy, because whoever joins between two slices has read this batch already.
    await forEachInSlices([...this.#live], sendsPerSlice, ([to, sink]) => {
      if (!to.ended) send(sink, to, batch);
    });
  }

  async #sendEphemeral(): Promise<void> {
    const came = this.#ephemeralEvents.slice();
    if (came.length === 0) return;
    const events = this.size === 0 ? came : ((await this.#source.prepare?.(came)) ?? came);
    this.#ephemeralEvents.splice(0, came.length);
    // First, because these may join the others between two slices.
    for (const subscription of this.#reading) subscription.hold(events);
    await this.#sendToAll(new Batch(events, this.#lastEventId));
  }
}

function send(sink: Sink, subscription: Subscription, batch: Batch): void {
  const received = batch.isPersonal ? batch.for(subscription.facts.username) : batch;
  if (!sink.send(received)) subscription.drop('backlog');
}

/** Characters in one write: enough to keep a connection busy, and few enough to wait in its buffer. */
const maxPartLength = 64 * 1024;

/**
 * Splits events into parts, so that little waits in memory for a slow reader: a part of history is sent once there is
 * room for it, and each part of new events only if the reader still keeps up.
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
