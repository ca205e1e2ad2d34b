import type { Readable } from 'mirage/chat';
import { type Accessor, createSignal, onCleanup } from 'solid-js';

/** A readable of a chat as a signal, as long as its owner is there. */
export function signalOf<T>({ getSnapshot, subscribe }: Readable<T>): Accessor<T> {
  const [value, setValue] = createSignal(getSnapshot());
  const unsubscribe = subscribe(() => setValue(getSnapshot));
  onCleanup(unsubscribe);
  return value;
}
