import { z } from 'zod';
import { roles } from '../../services/rooms/powers.ts';
import { systemEvents } from '../../services/rooms/system-messages.ts';
import { attachments } from './attachments.ts';
import { eventsOf } from './events.ts';
import { optional } from './optional.ts';

export const room = z.object({ id: z.number(), name: z.string(), isPrivate: z.boolean() });

export const publicRooms = z.array(z.object({ id: z.number(), name: z.string(), joined: z.boolean() }));

const systemEvent = z.enum(systemEvents);

const lastMessage = z
  .object({
    id: z.string(),
    username: z.string(),
    text: z.string(),
    createdAt: z.date(),
    kind: z.enum(['user', 'system']),
    event: optional(systemEvent),
  })
  .nullable();

export const role = z.enum(roles);

export const history = z.enum(['ephemeral', 'kept']);

const joinedRoom = room.extend({
  createdBy: z.string().nullable(),
  topic: z.string(),
  history,
  role,
  unread: z.number(),
  mentions: z.number(),
  readUpTo: z.string(),
  lastMessage,
  mutedUntil: z.date().nullable(),
});

export const joinedRooms = z.array(joinedRoom);

export const roomsEvents = eventsOf({
  tracked: z.object({
    type: z.literal('state'),
    rooms: joinedRooms,
    complete: z.boolean(),
    position: z.string(),
  }),
  untracked: z.discriminatedUnion('type', [
    z.object({ type: z.literal('joined'), room: joinedRoom }),
    z.object({
      type: z.literal('left'),
      roomId: z.number(),
      reason: z.enum(['left', 'removed', 'banned', 'deleted']),
    }),
    z.object({ type: z.literal('updated'), room: joinedRoom }),
    z.object({
      type: z.literal('unread'),
      roomId: z.number(),
      unread: z.number(),
      mentions: z.number(),
      readUpTo: z.string(),
      lastMessage,
    }),
    z.object({ type: z.literal('publicRooms') }),
  ]),
});

export const readRoom = z.object({ unread: z.number(), mentions: z.number(), position: z.string() });

export const mutedRoom = z.object({ mutedUntil: z.date().nullable() });

export const members = z.array(z.object({ username: z.string(), joinedAt: z.date() }));

const reactions = z.array(z.object({ emoji: z.string(), users: z.array(z.string()) }));

export const message = z.object({
  id: z.string(),
  roomId: z.number(),
  username: z.string(),
  text: z.string(),
  createdAt: z.date(),
  replyTo: optional(
    z.union([
      z.object({ id: z.string(), sender: z.string(), text: z.string() }),
      z.object({ id: z.string(), deleted: z.literal(true) }),
    ]),
  ),
  mentions: optional(z.array(z.string())),
  mentionsRoom: optional(z.literal(true)),
  clientId: optional(z.string()),
  editedAt: optional(z.date()),
  reactions: optional(reactions),
  attachments,
  kind: optional(z.literal('system')),
  event: optional(systemEvent),
  isBot: optional(z.literal(true)),
});

export const messages = z.array(message);

export const historyPage = z.object({
  messages,
  hasMoreBefore: z.boolean(),
  hasMoreAfter: z.boolean(),
  position: z.string(),
});

export const pinPage = z.object({
  pins: z.array(z.object({ message, pinnedBy: z.string(), pinnedAt: z.date() })),
  nextCursor: z.number().nullable(),
});

export const roomSearchPage = z.object({
  hits: z.array(z.object({ message, ranges: z.array(z.tuple([z.number(), z.number()])) })),
  nextCursor: z.string().nullable(),
});

export const messageEvents = eventsOf({
  tracked: z.discriminatedUnion('type', [
    z.object({ type: z.literal('message'), message }),
    z.object({ type: z.literal('edited'), message }),
    z.object({ type: z.literal('deleted'), id: z.string() }),
    z.object({ type: z.literal('reaction'), id: z.string(), reactions }),
  ]),
  untracked: z.discriminatedUnion('type', [
    z.object({ type: z.literal('gap') }),
    z.object({ type: z.literal('pins') }),
  ]),
});

const usernames = z.array(z.string());

export const presenceEvents = eventsOf({
  tracked: z.never(),
  untracked: z.discriminatedUnion('type', [
    z.object({ type: z.literal('state'), online: usernames, typing: usernames }),
    z.object({
      type: z.literal('change'),
      online: optional(usernames),
      offline: optional(usernames),
      typing: optional(usernames),
      idle: optional(usernames),
    }),
  ]),
});
