import { text } from '../text.ts';
import { Confirmation } from '../ui/dialog.tsx';

interface DeleteDialogProps {
  peer: string;
  scope: 'everyone' | 'me';
  isAlone: boolean;
  onDelete(): Promise<unknown>;
  onClose(): void;
}

export function DeleteDialog({ peer, scope, isAlone, onDelete, onClose }: DeleteDialogProps) {
  const words = text.inbox;
  return (
    <Confirmation
      title={words.removeTitle}
      hint={
        isAlone ? words.removeHintAlone : scope === 'me' ? words.removeHintMe(peer) : words.removeHint(peer)
      }
      submit={words.removeSubmit}
      onConfirm={onDelete}
      onClose={onClose}
    />
  );
}
