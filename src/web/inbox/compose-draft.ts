import { useEffect, useRef, useState } from 'react';
import { onStorage, read, removeByPrefix, write } from '../storage.ts';

const prefix = 'mirage.draft.';

/** A field of a message to somebody who is still to be chosen. It is kept over reloads until the user logs out, and other windows follow. */
export function useComposeDraft(username: string, field: 'recipient' | 'message') {
  const key = `${prefix}${encodeURIComponent(username)}/${field}`;
  const [text, setText] = useState(() => read(key) ?? '');
  const current = useRef(text);
  current.current = text;
  useEffect(
    () =>
      onStorage(key, (changed, value = '', before = '') => {
        if (changed === key && current.current === before) setText(value);
      }),
    [key],
  );
  function change(next: string): void {
    setText(next);
    write(key, next);
  }
  return [text, change] as const;
}

export const deleteComposeDrafts = () => removeByPrefix(prefix);
