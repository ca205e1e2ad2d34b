import type { Readable } from 'mirage/chat';
import { readable, type Readable as Store } from 'svelte/store';

/** A readable of a chat as a store: `$store` in a component is its value. */
export const storeOf = <T>({ getSnapshot, subscribe }: Readable<T>): Store<T> =>
  readable(getSnapshot(), (set) => {
    const update = () => set(getSnapshot());
    const unsubscribe = subscribe(update);
    update();
    return unsubscribe;
  });
