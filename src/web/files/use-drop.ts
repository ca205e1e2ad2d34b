import { useEffect, useRef, useState } from 'react';
import { dialogDepth } from '../dialog-history.ts';

/**
 * Takes files that are dropped onto the page, unless a dialog is open or `onFiles` is undefined. A browser would otherwise leave
 * the page and open them. Returns whether files are being dragged over it.
 */
export function useDrop(onFiles: ((files: Iterable<File>) => void) | undefined): boolean {
  const [isDragging, setDragging] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;

  useEffect(() => {
    const canTake = () => latest.current !== undefined && dialogDepth() === 0;
    function onOver(event: DragEvent) {
      const { dataTransfer } = event;
      if (!dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      dataTransfer.dropEffect = canTake() ? 'copy' : 'none';
      setDragging(canTake());
    }
    function onLeave({ relatedTarget }: DragEvent) {
      if (relatedTarget === null) setDragging(false);
    }
    function onDrop(event: DragEvent) {
      setDragging(false);
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      if (canTake()) latest.current?.(filesIn(event.dataTransfer));
    }
    addEventListener('dragenter', onOver);
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragenter', onOver);
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
    };
  }, []);

  return isDragging;
}

/** A dropped folder looks like a file, too, but cannot be read as one. */
function filesIn({ items, files }: DataTransfer): File[] {
  const folders = [...items].map((item) => item.webkitGetAsEntry?.()?.isDirectory);
  return [...files].filter((_, index) => !folders[index]);
}
