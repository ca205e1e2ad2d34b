/** An event that is delivered along with a signal and stored nowhere: a subscriber that misses it never receives it. */
export type EphemeralEvent = Record<string, unknown>;

export type Listener = (event: EphemeralEvent | undefined) => void;

/**
 * Signals that a topic has new data. Listeners read the data itself from its store, so a signal that is lost, duplicated
 * or reordered may delay a message but never loses or repeats one. Only data that is stored nowhere, such as typing
 * indicators, is sent as an ephemeral event.
 * Implementations must pass tests/bus/event-bus.contract.ts.
 */
export interface EventBus {
  /** Resolves once published. Rejects with 'UNAVAILABLE' if publishing failed; it may then be retried later. */
  publish(topic: string, event?: EphemeralEvent): Promise<void>;
  /** The subscription is active once the promise resolves, until the returned function is called. */
  subscribe(topic: string, listener: Listener): Promise<() => void>;
}
