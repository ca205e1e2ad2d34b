import { useEffect, useRef } from 'react';

/** How many dialogs are open in the current history entry. */
export function dialogDepth(): number {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'dialogs' in state ? Number(state.dialogs) : 0;
}

/** Going back takes the browser a moment, in which `history` still shows the entry of the dialog. */
let isGoingBack = false;

function removeEntry(): void {
  isGoingBack = true;
  addEventListener(
    'popstate',
    () => {
      isGoingBack = false;
    },
    { once: true },
  );
  history.back();
}

/** Calls `go` when no entry of a closed dialog is being removed, which would otherwise undo what `go` does. */
export function afterClosedDialogs(go: () => void): void {
  if (isGoingBack) addEventListener('popstate', () => afterClosedDialogs(go), { once: true });
  else go();
}

/**
 * Adds a history entry while a dialog is open, so that Back closes the dialog instead of changing the page below it. A
 * dialog that is closed in another way removes its entry, unless `navigate` has replaced it.
 */
export function useCloseOnBack(onClose: () => void): void {
  const latest = useRef(onClose);
  latest.current = onClose;
  const depth = useRef(0);
  const pendingBack = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    clearTimeout(pendingBack.current); // StrictMode mounts twice
    if (dialogDepth() === 0 || dialogDepth() !== depth.current) {
      depth.current = dialogDepth() + 1;
      history.pushState({ dialogs: depth.current }, '');
    }
    const closeIfGone = () => {
      if (dialogDepth() < depth.current) latest.current();
    };
    addEventListener('popstate', closeIfGone);
    return () => {
      removeEventListener('popstate', closeIfGone);
      // Later, as a `navigate` in the same task takes the place of the entry.
      pendingBack.current = setTimeout(() => {
        if (dialogDepth() === depth.current) removeEntry();
      });
    };
  }, []);
}
