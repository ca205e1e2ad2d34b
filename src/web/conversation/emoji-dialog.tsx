import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';

/** Asks for any emoji, for which every system has a keyboard of its own. */
export function EmojiDialog({
  onReact,
  onClose,
}: {
  onReact(emoji: string): Promise<unknown>;
  onClose(): void;
}) {
  const words = text.emojiDialog;
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      <Form
        submit={words.submit}
        onSubmit={async ({ emoji = '' }) => {
          await onReact(emoji.trim());
          onClose();
        }}
      >
        <Field label={words.emoji} name="emoji" required maxLength={64} autoComplete="off" />
      </Form>
    </Modal>
  );
}
