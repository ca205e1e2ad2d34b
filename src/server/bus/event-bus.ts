/** Something short-lived that is told along with a signal. It is kept nowhere: who misses it never learns of it. */
export type Notice = Record<string, unknown>;

export type Listener = (notice: Notice | undefined) => void;

/**
 * Says that there is something new about a topic. What was stored, the listener reads from the store: a signal that is
 * lost, doubled or out of order may then delay a message, but never lose or repeat one. Only what is stored nowhere,
 * such as that somebody is typing, travels as a notice.
 * An implementation is done when it passes tests/bus/event-bus.contract.ts.
 */
export interface EventBus {
  /** Resolves once it is told. Rejects with 'UNAVAILABLE' where it could not be; it is then told later, if at all. */
  publish(topic: string, notice?: Notice): Promise<void>;
  /** Listening once the promise resolves, until the function it gives is called. */
  subscribe(topic: string, listener: Listener): Promise<() => void>;
}
