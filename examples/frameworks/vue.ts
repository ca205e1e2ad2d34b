import type { Readable } from 'mirage/chat';
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

/** A readable of a chat as a ref, as long as the component is there. */
export function refOf<T>(readable: Readable<T>): Readonly<ShallowRef<T>> {
  const value = shallowRef(readable.getSnapshot());
  const update = () => {
    value.value = readable.getSnapshot();
  };
  onScopeDispose(readable.subscribe(update));
  return value;
}
