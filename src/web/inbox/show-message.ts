import type { MessageItem } from '../conversation/rows.ts';
import type { Conversation } from '../state/conversations.ts';
import type { InboxMessage } from '../state/inbox-types.ts';

/** A private message as the list of messages shows it. */
export function showMessage(
  message: InboxMessage,
  username: string,
  peerReadUpTo: Conversation['peerReadUpTo'],
): MessageItem {
  const { id, sender, recipient, text, createdAt, editedAt, replyTo, reactions } = message;
  const isOwn = sender === username;
  const isRead = message.read || recipient === username || id <= (peerReadUpTo ?? 0);
  return {
    key: String(id),
    author: sender,
    isOwn,
    text,
    createdAtMs: Date.parse(createdAt),
    reactions,
    ...(message.attachments && { files: message.attachments }),
    ...(isOwn && { state: isRead ? 'read' : 'sent' }),
    ...(editedAt !== null && { isEdited: true }),
    ...(message.isBot && { isBot: true }),
    ...(replyTo !== null && { quote: quoteOf(replyTo) }),
  };
}

const quoteOf = (replyTo: NonNullable<InboxMessage['replyTo']>) =>
  'deleted' in replyTo ? null : { key: String(replyTo.id), author: replyTo.sender, text: replyTo.text };
