import { useDraft } from '../state/drafts.ts';
import type { Outbox } from '../state/outbox.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { MessageText } from './message-text.tsx';

/** What the user has written for a conversation that is no longer accessible, so that it can be copied. */
export function UnsentMessages({ conversation, outbox }: { conversation: string; outbox: Outbox }) {
  const { username } = useSession();
  const [draft, setDraft] = useDraft(username, conversation);
  const messages = useStore(outbox).map(({ key, text, files = [] }) => ({
    key,
    text: [text, ...files.map(({ name }) => name)].filter(Boolean).join('\n'),
    discard: () => outbox.discard(key),
  }));
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
