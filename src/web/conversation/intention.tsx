import { usePlainText } from '../formatting/formatting.ts';
import { text } from '../text.ts';
import { CloseIcon, PencilIcon, ReplyIcon } from '../ui/icons.tsx';

/** What the next text is for: the message that it replies to or replaces. */
export interface Intent {
  kind: 'reply' | 'edit';
  key: string;
  id: string;
  author: string;
  text: string;
}

/** Above the field: the message that is edited or replied to. */
export function Intention({ intent, onCancel }: { intent: Intent; onCancel(): void }) {
  const { kind, author } = intent;
  return (
    <div className="intention">
      {kind === 'edit' ? <PencilIcon /> : <ReplyIcon />}
      <p className="intention-text">
        <span className="intention-title">
          {kind === 'edit' ? text.conversation.editing : text.conversation.replying(author)}
        </span>
        <span className="intention-quote" dir="auto">
          {usePlainText(intent.text)}
        </span>
      </p>
      <button type="button" className="button-icon" aria-label={text.common.cancel} onClick={onCancel}>
        <CloseIcon />
      </button>
    </div>
  );
}
