import { useEffect, useRef } from 'react';
import { dialogDepth } from '../dialog-history.ts';

/** Takes files that are pasted into the page, unless a dialog is open or `onFiles` is undefined. */
export function usePaste(onFiles: ((files: Iterable<File>) => void) | undefined): void {
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    function onPaste(event: ClipboardEvent) {
      const { files, types } = event.clipboardData ?? {};
      // Office programs put a picture of the text beside it.
      if (!latest.current || !files?.length || types?.includes('text/plain') || dialogDepth() > 0) return;
      event.preventDefault();
      latest.current(files);
    }
    addEventListener('paste', onPaste);
    return () => removeEventListener('paste', onPaste);
  }, []);
}
