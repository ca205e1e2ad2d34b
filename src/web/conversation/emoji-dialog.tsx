import { EmojiPicker, type EmojiPickerListProps } from 'frimousse';
import { type AriaAttributes, useState } from 'react';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Failure } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { language } from '../words/language.ts';

const words = laterText.emojiDialog;
const columns = 8;

const loadNames = async () =>
  (await (language === 'de' ? import('virtual:emoji/de') : import('virtual:emoji/en'))).default;

/** Frimousse counts from 0, which these attributes do not allow. */
function countedFromOne<Props extends AriaAttributes>(props: Props): Props {
  const { 'aria-rowindex': row, 'aria-colindex': column } = props;
  return {
    ...props,
    ...(row !== undefined && { 'aria-rowindex': row + 1 }),
    ...(column !== undefined && { 'aria-colindex': column + 1 }),
  };
}

const components: NonNullable<EmojiPickerListProps['components']> = {
  CategoryHeader: ({ category, ...header }) => (
    <div className="emoji-category" {...header}>
      {category.label}
    </div>
  ),
  Row: (row) => <div {...countedFromOne(row)} />,
  Emoji: ({ emoji, ...button }) => (
    <button type="button" className="emoji-choice" {...countedFromOne(button)}>
      {emoji.emoji}
    </button>
  ),
};

interface EmojiDialogProps {
  onReact(emoji: string): Promise<unknown>;
  onClose(): void;
}

/** All emoji, by name. */
export function EmojiDialog({ onReact, onClose }: EmojiDialogProps) {
  const [error, setError] = useState<unknown>();
  const [hasFailed, setFailed] = useState(false);

  async function resolve() {
    try {
      return await loadNames();
    } catch (cause) {
      setFailed(true);
      throw cause;
    }
  }

  return (
    <Modal title={words.title} onClose={onClose}>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {hasFailed ? (
        <Failure title={words.failed} error={undefined} />
      ) : (
        <EmojiPicker.Root
          className="emoji-picker"
          columns={columns}
          locale={language}
          resolveEmojiData={resolve}
          onEmojiSelect={({ emoji }) => void onReact(emoji).then(onClose, setError)}
        >
          <div className="emoji-picker-head">
            <EmojiPicker.Search
              className="input"
              placeholder={words.search}
              aria-label={words.search}
              maxLength={64}
            />
            <EmojiPicker.SkinToneSelector className="button-icon emoji-tone" aria-label={words.tone} />
          </div>
          <EmojiPicker.Viewport className="emoji-picker-viewport" tabIndex={0}>
            <EmojiPicker.Loading className="hint">{words.loading}</EmojiPicker.Loading>
            <EmojiPicker.Empty className="hint">{words.none}</EmojiPicker.Empty>
            <EmojiPicker.List components={components} />
          </EmojiPicker.Viewport>
        </EmojiPicker.Root>
      )}
    </Modal>
  );
}
