import { useSyncExternalStore } from 'react';

const events = ['focus', 'blur', 'pageshow'] as const;

/** Whether the user is looking at the page: it is visible and has the focus. */
export const isVisible = (): boolean => document.visibilityState === 'visible' && document.hasFocus();

export function useIsVisible(): boolean {
  return useSyncExternalStore(onVisibilityChange, isVisible);
}

function onVisibilityChange(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  for (const event of events) addEventListener(event, listener);
  return () => {
    document.removeEventListener('visibilitychange', listener);
    for (const event of events) removeEventListener(event, listener);
  };
}
