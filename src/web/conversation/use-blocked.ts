import { useMemo } from 'react';
import { useChat, useReadable } from '../../client/react/index.ts';

/** The users whom the user has blocked. */
export function useBlocked(): ReadonlySet<string> {
  const { items } = useReadable(useChat().blocked);
  return useMemo(() => new Set(items), [items]);
}
