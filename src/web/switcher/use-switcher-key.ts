import { useEffect } from 'react';

/** Ctrl+K, or Command+K, unless a dialog or menu is open. */
export function useSwitcherKey(open: () => void): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
      if (key.toLowerCase() !== 'k' || ctrlKey === metaKey || altKey || shiftKey) return;
      event.preventDefault();
      if (!document.querySelector('[role=dialog], [role=alertdialog], [role=menu]')) open();
    }
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [open]);
}
