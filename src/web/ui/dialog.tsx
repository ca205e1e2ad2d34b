import { AlertDialog, Dialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { explain } from '../failure.ts';
import { text } from '../text.ts';
import { Notice } from './field.tsx';
import { CloseIcon } from './icons.tsx';

/**
 * Radix's own overlay locks scrolling by a style element, which the policy of the page forbids; here nothing behind a
 * dialog scrolls anyway, so a plain element does.
 */
const backdrop = <div className="backdrop" />;

/** The focus goes back to what had it; if that is gone, as an item of a menu is, on to the content. */
function useGivingBackFocus() {
  const [opener] = useState(() => document.activeElement);
  return (event: Event) => {
    event.preventDefault();
    const next = opener?.isConnected ? opener : document.getElementById('content');
    if (next instanceof HTMLElement) next.focus();
  };
}

interface ModalProps {
  title: string;
  hint?: string;
  onClose(): void;
  children: ReactNode;
}

export function Modal({ title, hint, onClose, children }: ModalProps) {
  const giveBackFocus = useGivingBackFocus();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <div>
          {backdrop}
          <Dialog.Content
            className="dialog"
            aria-modal
            onCloseAutoFocus={giveBackFocus}
            {...(!hint && { 'aria-describedby': undefined })}
          >
            <header className="dialog-header">
              <Dialog.Title>{title}</Dialog.Title>
              <Dialog.Close className="button-icon" aria-label={text.common.close}>
                <CloseIcon />
              </Dialog.Close>
            </header>
            {hint && <Dialog.Description className="dialog-hint">{hint}</Dialog.Description>}
            {children}
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ConfirmationProps {
  title: string;
  hint: string;
  submit: string;
  onConfirm(): Promise<unknown>;
  onClose(): void;
}

/** Asks before what cannot be taken back. It closes when that is done, and stays with the reason when it failed. */
export function Confirmation({ title, hint, submit, onConfirm, onClose }: ConfirmationProps) {
  const giveBackFocus = useGivingBackFocus();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  }
  return (
    <AlertDialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <AlertDialog.Portal>
        <div>
          {backdrop}
          <AlertDialog.Content className="dialog" aria-modal onCloseAutoFocus={giveBackFocus}>
            <header className="dialog-header">
              <AlertDialog.Title>{title}</AlertDialog.Title>
            </header>
            <AlertDialog.Description className="dialog-hint">{hint}</AlertDialog.Description>
            {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
            <footer className="dialog-footer">
              <AlertDialog.Cancel className="button button-quiet">{text.common.cancel}</AlertDialog.Cancel>
              <button
                type="button"
                className="button button-danger"
                disabled={isBusy}
                onClick={() => void confirm()}
              >
                {submit}
              </button>
            </footer>
          </AlertDialog.Content>
        </div>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
