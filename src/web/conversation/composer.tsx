import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { Conversation } from '../../client/chat/index.ts';
import { explain } from '../failure.ts';
import { AttachButton } from '../files/attach-button.tsx';
import type { FileFacts } from '../files/shown-file.ts';
import type { Upload, Uploads } from '../files/uploads.ts';
import { useSession } from '../session/session.ts';
import { createStore, useStore } from '../store.ts';
import { text } from '../text.ts';
import { Notice } from '../ui/field.tsx';
import { SendIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { hasKeyboard } from '../ui/media.ts';
import { isSubmitKey } from '../ui/submit-key.ts';
import { useDraft } from './use-draft.ts';

const ChosenFiles = lazyComponent(async () => (await import('../files/chosen-files.tsx')).ChosenFiles);

interface ComposerProps {
  /** Whose draft it is; undefined for a text that is not kept. */
  conversation: Conversation | undefined;
  label: string;
  onSend(text: string, files: FileFacts[]): void;
  /** The files of the next message, if it can have any. */
  uploads?: Uploads | undefined;
  /** Instead of `onSend`: the draft stays until the promise is fulfilled, and its error is shown. */
  onSave?: ((text: string) => Promise<unknown>) | undefined;
  /** The text to begin with. */
  initial?: string | undefined;
  /** What the text is for, such as a reply; shown directly above the field. */
  banner?: ReactNode;
  /** Another value moves the focus into the field. */
  focusFor?: unknown;
  /** Escape. */
  onCancel?: (() => void) | undefined;
  /** The up arrow in an empty field. */
  onUp?(): void;
  /** Shown above the field. */
  children?: ReactNode;
}

const noUploads = createStore<readonly Upload[]>([]);

const maxLength = 16_384;
const warnFromLength = 16_000;
/** Longer drafts are accepted so that they can be shortened, up to a size that does not freeze the page. */
const maxDraftLength = 2 * maxLength;

/** Enter sends, Shift+Enter starts a new line. */
export function Composer(props: ComposerProps) {
  const {
    conversation,
    label,
    onSend,
    uploads,
    onSave,
    initial,
    banner,
    focusFor,
    onCancel,
    onUp,
    children,
  } = props;
  const { areFilesOff } = useSession();
  const [draft, setDraft] = useDraft(conversation, initial);
  const [error, setError] = useState<unknown>();
  const field = useRef<HTMLTextAreaElement>(null);
  const statusId = useId();
  const left = maxLength - draft.length;
  const canAttach = !useStore(areFilesOff);
  const chosen = useStore(uploads ?? noUploads);
  const [isFull, setFull] = useState(false);
  const isPending = chosen.some(({ state }) => state === 'waiting' || state === 'sending');
  const hasFailed = chosen.some(({ state }) => state === 'failed');
  const isSendable = (draft.trim() !== '' || chosen.length > 0) && left >= 0 && !hasFailed;
  /** The user has sent the message, which waits for its files. */
  const [isWaiting, setWaiting] = useState(false);

  useEffect(() => {
    const { current } = field;
    // Place the cursor at the end of the draft.
    current?.setSelectionRange(current.value.length, current.value.length);
    if (hasKeyboard()) current?.focus();
  }, []);

  useEffect(() => {
    if (focusFor !== undefined) field.current?.focus();
  }, [focusFor]);

  function change(next: string) {
    setDraft(next);
    if (next.trim() === '') conversation?.stopTyping();
    else conversation?.keystroke();
  }

  const attach = (files: Iterable<File>) => setFull((uploads?.add([...files]) ?? 0) > 0);

  function send() {
    const message = draft.trim();
    if (!isSendable) return;
    setError(undefined);
    setWaiting(isPending);
    if (isPending) return;
    if (onSave) {
      onSave(message).then(() => setDraft(''), setError);
    } else {
      onSend(message, uploads?.take() ?? []);
      change('');
    }
    field.current?.focus();
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when something has become of the files
  useEffect(() => {
    if (!isWaiting || (isPending && !hasFailed)) return;
    if (chosen.length > 0) send();
    setWaiting(false);
  }, [isWaiting, chosen]);

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key === 'Escape' && onCancel) return onCancel();
    if (event.key === 'ArrowUp' && draft === '' && onUp) {
      event.preventDefault();
      return onUp();
    }
    if (!isSubmitKey(event)) return;
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
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {uploads && (
        <ChosenFiles
          uploads={uploads}
          chosen={chosen}
          canAttach={canAttach}
          isFull={isFull}
          onFiles={attach}
          onRemoved={() => field.current?.focus()}
        />
      )}
      {isWaiting && (
        <p className="chosen-wait" role="status">
          {text.files.sendsLater}{' '}
          <button type="button" className="button-link" onClick={() => setWaiting(false)}>
            {text.common.cancel}
          </button>
        </p>
      )}
      {banner}
      <div className={`composer-box ${canAttach && uploads ? 'composer-box-attach' : ''}`}>
        {canAttach && uploads && <AttachButton onFiles={attach} />}
        <div className="composer-grow" data-text={draft}>
          <textarea
            ref={field}
            rows={1}
            dir="auto"
            aria-label={label}
            aria-describedby={left < maxLength - warnFromLength ? statusId : undefined}
            aria-invalid={left < 0 || undefined}
            placeholder={text.conversation.placeholder}
            enterKeyHint="send"
            maxLength={maxDraftLength}
            value={draft}
            onChange={(event) => change(event.currentTarget.value)}
            onKeyDown={onKeyDown}
            onBlur={conversation?.stopTyping}
          />
        </div>
        <button
          type="submit"
          className="composer-send"
          aria-label={text.conversation.send}
          disabled={!isSendable}
        >
          <SendIcon />
        </button>
      </div>
      {left < maxLength - warnFromLength && (
        <p id={statusId} role="status" className={left < 0 ? 'error' : 'hint'}>
          {left < 0 ? text.conversation.tooLong(-left) : text.conversation.remaining(left)}
        </p>
      )}
    </form>
  );
}
