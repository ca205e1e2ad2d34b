import { Dialog } from 'radix-ui';
import { type KeyboardEvent, useEffect } from 'react';
import { useCloseOnBack } from '../dialog-history.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { useRestoreFocus } from '../ui/dialog.tsx';
import { BackIcon, CloseIcon, DownloadIcon, ForwardIcon } from '../ui/icons.tsx';
import { largeUrl, type Picture, smallUrl } from './shown-file.ts';

interface LightboxProps {
  /** Of the conversation, oldest first. */
  pictures: readonly Picture[];
  /** Which of them is shown. */
  shown: string;
  onShow(id: string): void;
  onClose(): void;
}

/** One picture, large. The arrow keys lead to the others of the conversation. */
export function Lightbox({ pictures, shown, onShow, onClose }: LightboxProps) {
  const { client } = useSession();
  const restoreFocus = useRestoreFocus();
  useCloseOnBack(onClose);
  const at = pictures.findIndex(({ id }) => id === shown);
  const picture = pictures[at];
  const isGone = picture === undefined;
  useEffect(() => {
    if (isGone) onClose(); // its message has been deleted
  }, [isGone, onClose]);
  if (!picture) return null;

  function step(by: -1 | 1) {
    const next = pictures[at + by];
    if (next) onShow(next.id);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const forward = getComputedStyle(event.currentTarget).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    step(event.key === forward ? 1 : -1);
  }
  const { name, url, width, height } = picture;

  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Content
          className="lightbox"
          aria-modal
          aria-describedby={undefined}
          onKeyDown={onKeyDown}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus(); // safe: the dialog
          }}
          onCloseAutoFocus={restoreFocus}
        >
          <header className="lightbox-header">
            <Dialog.Title className="lightbox-title" role="status">
              <bdi>{name}</bdi>
              {pictures.length > 1 && (
                <span className="lightbox-place">{text.files.place(at + 1, pictures.length)}</span>
              )}
            </Dialog.Title>
            <a
              className="button-icon"
              href={client.files.url(url)}
              download={name}
              target="_blank"
              rel="noreferrer"
              aria-label={text.files.downloadOriginal}
              title={text.files.downloadOriginal}
            >
              <DownloadIcon />
            </a>
            <Dialog.Close className="button-icon" aria-label={text.common.close}>
              <CloseIcon />
            </Dialog.Close>
          </header>
          <div className="lightbox-stage">
            <img
              key={picture.id}
              src={client.files.url(largeUrl(picture))}
              alt={name}
              width={width}
              height={height}
              style={{
                backgroundImage: `url("${client.files.url(smallUrl(picture))}")`,
                aspectRatio: `${width} / ${height}`,
              }}
            />
          </div>
          {pictures.length > 1 && (
            <>
              <Step label={text.files.previous} isEnd={at === 0} onClick={() => step(-1)}>
                <BackIcon />
              </Step>
              <Step label={text.files.next} isEnd={at === pictures.length - 1} onClick={() => step(1)}>
                <ForwardIcon />
              </Step>
            </>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface StepProps {
  label: string;
  isEnd: boolean;
  onClick(): void;
  children: React.ReactNode;
}

/** Not `disabled` at the end, which would take the focus away. */
const Step = ({ label, isEnd, onClick, children }: StepProps) => (
  <button
    type="button"
    className="lightbox-step"
    aria-label={label}
    title={label}
    aria-disabled={isEnd}
    onClick={onClick}
  >
    {children}
  </button>
);
