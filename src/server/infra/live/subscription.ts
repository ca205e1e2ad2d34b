import type { AppError } from '../../core/errors.ts';
import { Batch, type LiveEvent } from './batch.ts';
import type { Sink } from './sink.ts';

const maxHeld = 1000;

/** A connection that may carry several subscriptions says whether it is still open. */
export interface Connection {
  readonly isOpen?: boolean;
}

export interface SubscriptionFacts {
  username: string;
  sessionId: number;
  /** When its access token expires, if it was opened with one. */
  expiresAtMs?: number | undefined;
  /** The room it belongs to, if any. */
  roomId?: number | undefined;
  /** The users whose presence it is about, if it is about certain ones. */
  watched?: readonly string[] | undefined;
  /** The connection it was opened on; absent for subscriptions within the process. */
  connection?: Connection | undefined;
}

/** What a reader was too slow for: new events (`backlog`), or its own history. */
export type DropReason = 'backlog' | 'history';

/** Callbacks to the hub that owns the subscription. */
interface Hooks {
  /** What stands between the topic and the sink, if subscribers of the topic do not all see the same. */
  view?: ((sink: Sink) => Sink) | undefined;
  onAttach(): void;
  onSend(events: number): void;
  onDrop(reason: DropReason): void;
  /** Its reader has stopped it, or lost the connection. */
  onLeave(): void;
  /** It must get no more events. */
  onStop(): void;
  onEnd(): void;
}

/**
 * One subscriber of one topic. The transport recognizes it among the results of procedures and attaches a sink; from then on events
 * go straight to the sink.
 */
export class Subscription {
  readonly facts: SubscriptionFacts;
  /** History has been read up to here. */
  position: string | undefined;
  /** The id of the last event sent, or of the one to resume after. */
  lastEventId: string | undefined;
  /** Ephemeral events published while it was still reading history. */
  readonly held: LiveEvent[] = [];
  #sink: Sink | undefined;
  #stopped = false;
  #ended = false;
  readonly #end: Promise<void>;
  #resolveEnd!: () => void; // safe: set by the executor in the constructor
  #rejectEnd!: (reason: AppError) => void;
  readonly #hooks: Hooks;

  constructor(facts: SubscriptionFacts, after: string | undefined, hooks: Hooks) {
    this.facts = facts;
    this.position = after;
    this.lastEventId = after;
    this.#hooks = hooks;
    this.#end = new Promise((resolve, reject) => {
      this.#resolveEnd = resolve;
      this.#rejectEnd = reject;
    });
    this.#end.catch(() => {}); // it may be rejected before anything awaits it
  }

  get ended(): boolean {
    return this.#stopped;
  }

  /** Starts the flow of events: first missed ones, then new ones. */
  attach(sink: Sink): void {
    if (this.#stopped || this.#sink) return;
    this.#sink = this.#hooks.view?.(sink) ?? sink;
    this.#hooks.onAttach();
  }

  /** Where its events go, once attached. */
  get sink(): Sink | undefined {
    return this.#sink;
  }

  /** Sends a part of its own history; events for all subscribers go from the topic reader to the sink directly. */
  send(events: readonly LiveEvent[]): void {
    if (this.#stopped || !this.#sink) return;
    const batch = new Batch(events, this.lastEventId).for(this.facts.username);
    this.lastEventId = batch.lastId ?? this.lastEventId;
    this.#hooks.onSend(events.length);
    if (!this.#sink.send(batch)) this.drop('history');
  }

  /** Disconnects a reader that is too slow. */
  drop(reason: DropReason): void {
    if (this.#stopped) return;
    this.#hooks.onDrop(reason);
    this.end();
    this.#sink?.drop();
  }

  /** Keeps events until its history has been sent. A reader that is too slow for that is disconnected. */
  hold(events: readonly LiveEvent[]): void {
    this.held.push(...events);
    if (this.held.length > maxHeld) this.drop('history');
  }

  async drained(): Promise<void> {
    await this.#sink?.drained();
  }

  /** For its reader, who stops it or has lost the connection. */
  leave(): void {
    if (!this.#stopped) this.#hooks.onLeave();
    this.end();
  }

  /** From now on it gets no events. For those that end many at once: `end` follows, and costs much more. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#hooks.onStop();
  }

  /** With an error, the subscriber is told why. Ending is idempotent. */
  end(error?: AppError): void {
    if (this.#ended) return;
    this.stop();
    this.#ended = true;
    this.#hooks.onEnd();
    if (error) this.#rejectEnd(error);
    else this.#resolveEnd();
  }

  /** Rejects if it was ended with an error. */
  untilEnd(): Promise<void> {
    return this.#end;
  }
}
