import { z } from 'zod';
import { attachments } from './attachments.ts';
import { eventsOf } from './events.ts';
import { optional } from './optional.ts';

/** Where in the order of changes a result is true. */
export const changed = z.object({ position: z.string() });

const repliedTo = z.union([
  z.object({ id: z.number(), sender: z.string(), text: z.string() }),
  z.object({ id: z.number(), deleted: z.literal(true) }),
]);

const reaction = z.object({ emoji: z.string(), users: z.array(z.string()) });

const draft = z.object({
  id: z.number(),
  sender: z.string(),
  recipient: z.string(),
  text: z.string(),
  createdAt: z.date(),
  editedAt: z.date().nullable(),
  replyTo: repliedTo.nullable(),
  clientId: optional(z.string()),
  attachments,
  isBot: optional(z.literal(true)),
});

export const sentMessage = z.union([
  draft.extend(changed.shape),
  z.object({ id: z.number(), deleted: z.literal(true), ...changed.shape }),
]);

const message = draft.extend({
  reactions: z.array(reaction),
  avatarUrl: z.string().nullable(),
  read: z.boolean(),
});

export const changedMessage = message.extend(changed.shape);

export const messagePage = changed.extend({ messages: z.array(message), nextCursor: z.number().nullable() });

export const searchPage = changed.extend({
  hits: z.array(z.object({ message, ranges: z.array(z.tuple([z.number(), z.number()])) })),
  nextCursor: z.string().nullable(),
});

const conversation = z.object({
  peer: z.object({ username: z.string(), avatarUrl: z.string().nullable() }),
  lastMessage: draft.pick({ id: true, sender: true, text: true, createdAt: true }).nullable(),
  unread: z.number(),
  readUpTo: z.number(),
  peerReadUpTo: z.number().nullable(),
  mutedUntil: z.date().nullable(),
  isBlocked: z.boolean(),
});

export const conversationPage = changed.extend({
  conversations: z.array(conversation),
  nextCursor: z.string().nullable(),
});

export const counts = changed.extend({
  total: z.number(),
  unread: z.number(),
  unreadConversations: z.number(),
});

export const muted = changed.extend({ mutedUntil: z.date().nullable() });

export const inboxEvents = eventsOf({
  tracked: z.discriminatedUnion('type', [
    z.object({ type: z.literal('position') }),
    z.object({ type: z.literal('gap') }),
    z.object({ type: z.literal('message'), message }),
    z.object({ type: z.literal('edited'), message }),
    z.object({ type: z.literal('deleted'), id: z.number(), with: z.string() }),
    z.object({
      type: z.literal('reaction'),
      id: z.number(),
      with: z.string(),
      reactions: z.array(reaction),
    }),
    z.object({ type: z.literal('read'), reader: z.string(), with: z.string().nullable(), upTo: z.number() }),
    z.object({
      type: z.literal('conversation'),
      with: z.string(),
      mutedUntil: z.date().nullable(),
      isBlocked: z.boolean(),
      cleared: z.boolean(),
    }),
  ]),
  untracked: z.object({ type: z.literal('typing'), from: z.string(), isTyping: z.boolean() }),
});
