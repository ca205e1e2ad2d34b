import { text } from '../text.ts';
import { Confirmation } from '../ui/dialog.tsx';

interface DeleteDialogProps {
  /** For whom it is deleted. */
  hint: string;
  onDelete(): Promise<unknown>;
  onClose(): void;
}

export function DeleteDialog({ hint, onDelete, onClose }: DeleteDialogProps) {
  const words = text.deleteDialog;
  return (
    <Confirmation
      title={words.title}
      hint={hint}
      submit={words.submit}
      onConfirm={onDelete}
      onClose={onClose}
    />
  );
}
