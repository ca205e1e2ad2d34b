import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { useDraft } from '../state/drafts.ts';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { SendIcon } from '../ui/icons.tsx';
import { hasKeyboard } from '../ui/media.ts';

interface ComposerProps {
  /** Under which name the draft is kept. */
  conversation: string;
  label: string;
  onSend(text: string): void;
  onTyping?(isTyping: boolean): void;
  /** What stands above the field. */
  children?: ReactNode;
}

const maxLength = 16_384;
const tellFrom = 16_000;
/** So much is taken in, to be shortened. Fields with a whole book in them make the page stand still. */
const maxWritten = 2 * maxLength;

/** While an input method is composing, Enter belongs to it. Safari says so by a key code alone: for it, that was the end. */
const isOfInputMethod = ({ isComposing, keyCode }: globalThis.KeyboardEvent) =>
  isComposing || keyCode === 229;

/** Enter sends, Shift+Enter begins a line. */
export function Composer({ conversation, label, onSend, onTyping, children }: ComposerProps) {
  const { username } = useSession();
  const [draft, setDraft] = useDraft(username, conversation);
  const field = useRef<HTMLTextAreaElement>(null);
  const statusId = useId();
  const left = maxLength - draft.length;

  useEffect(() => {
    const { current } = field;
    // On with a draft from its end.
    current?.setSelectionRange(current.value.length, current.value.length);
    if (hasKeyboard()) current?.focus();
  }, []);

  function change(next: string) {
    setDraft(next);
    onTyping?.(next.trim() !== '');
  }

  function send() {
    const message = draft.trim();
    if (message === '' || left < 0) return;
    onSend(message);
    change('');
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key !== 'Enter' || event.shiftKey || isOfInputMethod(event.nativeEvent)) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="composer-status">{children}</div>
      <div className="composer-box">
        <div className="composer-grow" data-text={draft}>
          <textarea
            ref={field}
            rows={1}
            dir="auto"
            aria-label={label}
            aria-describedby={left < maxLength - tellFrom ? statusId : undefined}
            aria-invalid={left < 0 || undefined}
            placeholder={text.conversation.placeholder}
            enterKeyHint="send"
            maxLength={maxWritten}
            value={draft}
            onChange={(event) => change(event.currentTarget.value)}
            onKeyDown={onKeyDown}
            onBlur={() => onTyping?.(false)}
          />
        </div>
        <button
          type="submit"
          className="composer-send"
          aria-label={text.conversation.send}
          disabled={draft.trim() === '' || left < 0}
        >
          <SendIcon />
        </button>
      </div>
      {left < maxLength - tellFrom && (
        <p id={statusId} role="status" className={left < 0 ? 'error' : 'hint'}>
          {left < 0 ? text.conversation.tooLong(-left) : text.conversation.remaining(left)}
        </p>
      )}
    </form>
  );
}
