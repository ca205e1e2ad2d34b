import type { Outputs } from '../../client/index.ts';
import { textOrNames } from './attachments.ts';
import type { InboxEvent, InboxMessage } from './inbox-types.ts';

/** A conversation as the list shows it. */
export type Conversation = Outputs['inbox']['listConversations']['conversations'][number];

/** By the name of the other user. */
export type Conversations = ReadonlyMap<string, Conversation>;

export const peerOf = (
  { sender, recipient }: Pick<InboxMessage, 'sender' | 'recipient'>,
  username: string,
) => (sender === username ? recipient : sender);

/** One that nothing is known of yet. */
export const newConversation = (username: string): Conversation => ({
  peer: { username, avatarUrl: null },
  lastMessage: null,
  unread: 0,
  readUpTo: 0,
  peerReadUpTo: null,
  mutedUntil: null,
  isBlocked: false,
});

const previewLength = 140;
export const preview = (message: Parameters<typeof textOrNames>[0]) =>
  [...textOrNames(message)].slice(0, previewLength).join('');

/** What an event makes of a conversation; `ask` where only the server knows. */
interface Applied {
  conversation: Conversation;
  ask?: true;
}

/** Applies an event that is newer than what is known of the conversation. */
export function applyToConversation(before: Conversation, event: InboxEvent, username: string): Applied {
  const { lastMessage } = before;
  switch (event.type) {
    case 'message': {
      const { id, sender, recipient, createdAt } = event.message;
      // A page may already contain a message that is newer than its position.
      if (lastMessage && lastMessage.id >= id) return { conversation: before };
      const isReceived = recipient === username && sender !== username;
      return {
        conversation: {
          ...before,
          lastMessage: { id, sender, text: preview(event.message), createdAt },
          unread: before.unread + (isReceived ? 1 : 0),
        },
      };
    }
    case 'edited': {
      const { id } = event.message;
      if (lastMessage === null || lastMessage.id !== id) return { conversation: before };
      return { conversation: { ...before, lastMessage: { ...lastMessage, text: preview(event.message) } } };
    }
    case 'deleted': {
      const mayCount = event.id === lastMessage?.id || (before.unread > 0 && event.id > before.readUpTo);
      return { conversation: before, ...(mayCount && { ask: true }) };
    }
    case 'read':
      if (event.reader !== username)
        return {
          conversation: { ...before, peerReadUpTo: Math.max(before.peerReadUpTo ?? 0, event.upTo) },
        };
      return applyOwnMark(before, event.upTo);
    case 'conversation': {
      const { mutedUntil, isBlocked, cleared } = event;
      const conversation = { ...before, mutedUntil, isBlocked };
      return { conversation: cleared ? { ...conversation, lastMessage: null, unread: 0 } : conversation };
    }
    default:
      return { conversation: before };
  }
}

function applyOwnMark(before: Conversation, upTo: number): Applied {
  const conversation = { ...before, readUpTo: Math.max(before.readUpTo, upTo) };
  if (before.unread === 0 || upTo <= before.readUpTo) return { conversation };
  if (upTo >= (before.lastMessage?.id ?? 0)) return { conversation: { ...conversation, unread: 0 } };
  return { conversation, ask: true };
}

/** `seen`: the newest message shown here; the server learns of it a moment later. */
export const unreadOf = ({ unread, lastMessage }: Conversation, seen = 0): number =>
  lastMessage === null || seen >= lastMessage.id ? 0 : unread;

export const isMuted = (of: Pick<Conversation, 'mutedUntil'> | undefined, nowMs: number): boolean =>
  !!of?.mutedUntil && Date.parse(of.mutedUntil) > nowMs;

/** Most recent first, down to the oldest one of the pages that have been loaded. Emptied ones are not listed. */
export function listed(conversations: Conversations, downTo: number): Conversation[] {
  const idOf = ({ lastMessage }: Conversation) => lastMessage?.id ?? 0;
  return [...conversations.values()]
    .filter((conversation) => conversation.lastMessage !== null && idOf(conversation) >= downTo)
    .sort((a, b) => idOf(b) - idOf(a));
}
