import { useState } from 'react';
import { forgetAll, read, write } from './storage.ts';

const prefix = (username: string) => `mirage.draft.${encodeURIComponent(username)}/`;

/** What has been written and not sent. It is there again after a reload, until its writer logs out. */
export function useDraft(username: string, conversation: string): [string, (text: string) => void] {
  const key = prefix(username) + conversation;
  const [text, setText] = useState(() => read(key) ?? '');
  return [
    text,
    (next) => {
      setText(next);
      write(key, next);
    },
  ];
}

export const forgetDrafts = (username: string) => forgetAll(prefix(username));
