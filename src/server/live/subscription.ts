import type { AppError } from '../errors.ts';
import { Batch, type LiveEvent } from './batch.ts';
import type { Sink } from './sink.ts';

const maxHeld = 1000;

export interface SubscriptionFacts {
  username: string;
  sessionId: number;
  /** The room it shows, if it is one. */
  roomId?: number | undefined;
  /** The connection it came in by; absent within the process. */
  connection?: object | undefined;
}

/** What a reader did not keep up with: what is new, or its own history. */
export type DropReason = 'backlog' | 'history';

/** What the owner of a subscription learns of it. */
interface Hooks {
  onAttach(): void;
  onSend(events: number): void;
  onDrop(reason: DropReason): void;
  onEnd(): void;
}

/**
 * One subscriber of one topic. tRPC sees an async iterable which yields itself once and then waits for its end: the
 * transport recognises it and attaches a sink, and from then on events go straight to the sink, past tRPC's loop.
 */
export class Subscription implements AsyncIterableIterator<Subscription> {
  readonly facts: SubscriptionFacts;
  /** Up to here it has read history. */
  position: string | undefined;
  /** The id of the last event it was sent, or of the one it asked to resume after. */
  heldId: string | undefined;
  /** What was told while it was still reading history. */
  readonly held: LiveEvent[] = [];
  #sink: Sink | undefined;
  #yielded = false;
  #ended = false;
  readonly #end: Promise<void>;
  #resolveEnd!: () => void; // safe: set by the executor in the constructor
  #rejectEnd!: (reason: AppError) => void;
  readonly #hooks: Hooks;

  constructor(facts: SubscriptionFacts, after: string | undefined, hooks: Hooks) {
    this.facts = facts;
    this.position = after;
    this.heldId = after;
    this.#hooks = hooks;
    this.#end = new Promise((resolve, reject) => {
      this.#resolveEnd = resolve;
      this.#rejectEnd = reject;
    });
    this.#end.catch(() => {}); // it may be refused before anybody waits
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Events flow from now on: first what was missed, then what arrives. */
  attach(sink: Sink): void {
    if (this.#ended || this.#sink) return;
    this.#sink = sink;
    this.#hooks.onAttach();
  }

  /** Where its events go, once it is attached. */
  get sink(): Sink | undefined {
    return this.#sink;
  }

  /** A part of its history. What it shares with others, the follower hands to its sink. */
  send(events: readonly LiveEvent[]): void {
    if (this.#ended || !this.#sink) return;
    const batch = new Batch(events, this.heldId);
    this.heldId = batch.lastId ?? this.heldId;
    this.#hooks.onSend(events.length);
    if (!this.#sink.send(batch)) this.drop('history');
  }

  /** Lets go of a reader that does not keep up. */
  drop(reason: DropReason): void {
    if (this.#ended) return;
    this.#hooks.onDrop(reason);
    this.end();
    this.#sink?.drop();
  }

  /** Keeps notices for later. Who reads its history too slowly for that is let go. */
  hold(notices: readonly LiveEvent[]): void {
    this.held.push(...notices);
    if (this.held.length > maxHeld) this.drop('history');
  }

  async drained(): Promise<void> {
    await this.#sink?.drained();
  }

  /** With an error, the subscriber is told why. Ending twice changes nothing. */
  end(error?: AppError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#hooks.onEnd();
    if (error) this.#rejectEnd(error);
    else this.#resolveEnd();
  }

  async next(): Promise<IteratorResult<Subscription, undefined>> {
    if (!this.#yielded) {
      this.#yielded = true;
      return { value: this, done: false };
    }
    await this.#end;
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<Subscription, undefined>> {
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
