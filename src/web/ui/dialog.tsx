import { AlertDialog, Dialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { useCloseOnBack } from '../dialog-history.ts';
import { explain } from '../failure.ts';
import { text } from '../text.ts';
import { Notice } from './field.tsx';
import { CloseIcon } from './icons.tsx';

/**
 * A plain element, because Radix's overlay locks scrolling with a style element, which the content security policy
 * forbids. Nothing behind a dialog scrolls here.
 */
const backdrop = <div className="backdrop" />;

/**
 * Returns focus to the element that had it, or to the content if that element is gone (a menu item, for example). What has
 * taken the focus meanwhile keeps it, such as the field of a room that was opened.
 */
export function useRestoreFocus() {
  const [opener] = useState(() => document.activeElement);
  return (event: Event) => {
    event.preventDefault();
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    const next = opener?.isConnected ? opener : document.getElementById('content');
    if (next instanceof HTMLElement) next.focus();
  };
}

/** Focuses the first field, otherwise the dialog itself: never a button, which Enter would press. */
function focusFirstField(event: Event): void {
  const { currentTarget: dialog } = event;
  if (!(dialog instanceof HTMLElement)) return;
  event.preventDefault();
  const field = dialog.querySelector<HTMLElement>('input:not([type=hidden]), textarea, select');
  (field ?? dialog).focus();
}

interface ModalProps {
  title: string;
  hint?: string;
  onClose(): void;
  children: ReactNode;
}

export function Modal({ title, hint, onClose, children }: ModalProps) {
  const restoreFocus = useRestoreFocus();
  useCloseOnBack(onClose);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <div>
          {backdrop}
          <Dialog.Content
            className="dialog"
            aria-modal
            onOpenAutoFocus={focusFirstField}
            onCloseAutoFocus={restoreFocus}
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

/** Confirms an irreversible action. Closes on success; stays open and shows the error on failure. */
export function Confirmation({ title, hint, submit, onConfirm, onClose }: ConfirmationProps) {
  const restoreFocus = useRestoreFocus();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  useCloseOnBack(onClose);
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
          <AlertDialog.Content className="dialog" aria-modal onCloseAutoFocus={restoreFocus}>
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
