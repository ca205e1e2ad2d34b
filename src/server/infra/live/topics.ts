import type { Logger } from '../../core/logger.ts';
import type { EventBus } from '../bus/event-bus.ts';
import { isUnavailable } from '../db/unavailable.ts';
import { type Source, TopicReader } from './topic-reader.ts';

export interface Topic {
  reader: TopicReader;
  /** Resolves when the bus delivers the topic's signals, to the function that stops it. */
  listening: Promise<() => void>;
}

/** One reader for each topic that has subscribers in this process. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  readonly #bus: EventBus;
  readonly #log: Logger;
  readonly #onSend: (events: number) => void;

  constructor(bus: EventBus, log: Logger, onSend: (events: number) => void) {
    this.#bus = bus;
    this.#log = log;
    this.#onSend = onSend;
  }

  /** The topic of this name, which begins to listen to the bus if it is new. */
  open(name: string, source: Source): Topic {
    const open = this.#topics.get(name);
    if (open) return open;
    const onError = (err: unknown) => {
      // That a service is away is logged already, and there may be thousands of topics.
      const level = isUnavailable(err) ? 'debug' : 'error';
      this.#log[level]({ err, topic: name }, 'reading a topic failed');
    };
    const reader = new TopicReader(source, { onError, onSend: this.#onSend });
    const topic = { reader, listening: this.#bus.subscribe(name, (event) => reader.signal(event)) };
    this.#topics.set(name, topic);
    return topic;
  }

  /** As if the bus had delivered a signal, in this process alone. */
  signal(name: string, event?: object): void {
    this.#topics.get(name)?.reader.signal(event);
  }

  /** Stops listening to a topic that has no subscribers left. */
  closeIfUnused(name: string): void {
    const topic = this.#topics.get(name);
    if (!topic || topic.reader.size > 0) return;
    this.#topics.delete(name);
    topic.listening.then(
      (stop) => stop(),
      () => {}, // subscribing to the bus had failed
    );
  }
}
