import { useSyncExternalStore } from 'react';

export const isVisible = (): boolean => document.visibilityState === 'visible';

export function useIsVisible(): boolean {
  return useSyncExternalStore(onVisibilityChange, isVisible);
}

function onVisibilityChange(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}
