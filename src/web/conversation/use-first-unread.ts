import { useState } from 'react';
import type { Shown } from './rows.ts';

/** The message at which reading goes on, found out once, as soon as the conversation is there. */
export function useFirstUnread(
  items: readonly Shown[] | undefined,
  isUnread: (key: string) => boolean,
): string | undefined {
  const [found, setFound] = useState<{ key: string | undefined }>();
  if (found) return found.key;
  if (!items) return undefined;
  const first = items.find((item) => !('isGap' in item) && !item.isOwn && isUnread(item.key));
  setFound({ key: first?.key });
  return first?.key;
}
