import { useEffect, useRef, useState } from 'react';
import { onStorage, read, removeByPrefix, write } from './storage.ts';

const prefix = (username: string) => `mirage.draft.${encodeURIComponent(username)}/`;

/**
 * Text that is being written. With a name it is kept over reloads until the user logs out, and other windows that show it
 * follow.
 */
export function useDraft(
  username: string,
  conversation: string | undefined,
  initial = '',
): [string, (text: string) => void] {
  const key = conversation === undefined ? undefined : prefix(username) + conversation;
  const [text, setText] = useState(() => (key === undefined ? initial : (read(key) ?? initial)));
  const current = useRef(text);
  current.current = text;
  useEffect(() => {
    if (key === undefined) return;
    return onStorage(key, (changed, value = '', before = '') => {
      if (changed === key && current.current === before) setText(value);
    });
  }, [key]);
  return [
    text,
    (next) => {
      setText(next);
      if (key !== undefined) write(key, next);
    },
  ];
}

export const deleteDrafts = (username: string) => removeByPrefix(prefix(username));
