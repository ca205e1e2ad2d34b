import type { Conversation } from '../../client/chat/index.ts';
import { useChat, useReadable } from '../../client/react/index.ts';
import { text } from '../text.ts';
import { MessageText } from './message-text.tsx';
import { useDraft } from './use-draft.ts';

/** What the user has written for a conversation that is no longer accessible, so that it can be copied. */
export function UnsentMessages({ conversation }: { conversation: Conversation }) {
  const [draft, setDraft] = useDraft(conversation);
  const chat = useChat();
  const messages = useReadable(chat.outbox).flatMap(({ key, target, text, attachments }) => {
    if (chat.conversation(target) !== conversation) return [];
    return {
      key,
      text: [text, ...attachments.map(({ name }) => name)].filter(Boolean).join('\n'),
      discard: () => conversation.discard(key),
    };
  });
  if (draft.trim() !== '') messages.push({ key: 'draft', text: draft, discard: () => setDraft('') });
  if (messages.length === 0) return null;
  return (
    <section className="unsent" aria-label={text.conversation.unsent}>
      <h2 className="unsent-title">{text.conversation.unsent}</h2>
      <p className="hint">{text.conversation.unsentHint}</p>
      <ul>
        {messages.map(({ key, text: message, discard }) => (
          <li key={key} className="unsent-message">
            <MessageText text={message} />
            <button type="button" className="button-link" onClick={discard}>
              {text.conversation.discard}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
