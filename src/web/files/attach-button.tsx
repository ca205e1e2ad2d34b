import { useRef } from 'react';
import { text } from '../text.ts';
import { AttachIcon } from '../ui/icons.tsx';

/** Asks for files. With pictures among the types, phones offer their camera. */
export function AttachButton({ onFiles }: { onFiles(files: Iterable<File>): void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept="image/*,video/*,audio/*,*/*"
        onChange={({ currentTarget }) => {
          onFiles(currentTarget.files ?? []);
          // So that the same file can be chosen again.
          currentTarget.value = '';
        }}
      />
      <button
        type="button"
        className="composer-attach"
        aria-label={text.files.attach}
        title={text.files.attach}
        onClick={() => input.current?.click()}
      >
        <AttachIcon />
      </button>
    </>
  );
}
