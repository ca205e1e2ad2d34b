import { useSyncExternalStore } from 'react';

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => matchMedia(query).matches,
  );
}

/** Whether the list and what is chosen in it are shown one at a time; as in the styles of the shell. */
export const isNarrow = (): boolean => matchMedia('(max-width: 759px)').matches;

/** False on touch devices, where focusing a field opens the on-screen keyboard. */
export const hasKeyboard = (): boolean => matchMedia('(pointer: fine)').matches;
