import { useState } from 'react';
import { type Item, isMessage } from './rows.ts';

/** Key of the first unread message, determined once, when the conversation has loaded. */
export function useFirstUnread(
  items: readonly Item[] | undefined,
  isUnread: (key: string) => boolean,
): string | undefined {
  const [found, setFound] = useState<{ key: string | undefined }>();
  if (found) return found.key;
  if (!items) return undefined;
  const first = items.find((item) => isMessage(item) && !item.isOwn && isUnread(item.key));
  setFound({ key: first?.key });
  return first?.key;
}
