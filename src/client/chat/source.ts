import type { Outputs } from '../exports.ts';
import type { Core } from './core.ts';
import { beginning, justAfter, justBefore, type Place, partsOf, placeOf } from './place.ts';
import type { Change, Delivered, Page } from './strip.ts';
import type { Target } from './types.ts';

type RoomMessage = Outputs['chat']['history']['messages'][number];
type InboxMessage = Outputs['inbox']['listMessages']['messages'][number];

/** Which part of a conversation is asked for: the newest, unless one of these ids says otherwise. */
export interface Wanted {
  before?: string;
  after?: string;
  around?: string;
}

/** A message that is ready to be sent. */
export interface Draft {
  clientId: string;
  text: string;
  replyTo?: string | undefined;
  attachments?: string[] | undefined;
}

export interface Sent {
  message: Delivered;
  at: Place;
}

/** What differs between a room and the conversation with a user. */
export interface Source {
  /** The position continues the events from the page. */
  page(wanted: Wanted, limit: number): Promise<{ page: Page; position: string }>;
  /** Null if it has been deleted since. */
  send(draft: Draft, signal: AbortSignal): Promise<Sent | null>;
  /** The message as the change has made it. */
  edit(id: string, text: string): Promise<{ editedAt: string | null }>;
  remove(id: string, scope: 'everyone' | 'me'): Promise<unknown>;
  react(id: string, emoji: string, isOn: boolean): Promise<unknown>;
  markRead(upTo: string): Promise<unknown>;
  mute(until: Date | null | undefined): Promise<unknown>;
  leave(): Promise<unknown>;
  setTyping(isTyping: boolean): Promise<unknown>;
}

/** What a subscription sends. */
export type EventOf<T> = T extends AsyncIterable<infer Event> ? Event : never;

export const keyOf = (target: Target): string =>
  'roomId' in target ? `room ${target.roomId}` : `peer ${target.peer}`;

type AnyQuote =
  | { id: string | number; sender: string; text: string }
  | { id: string | number; deleted: true };

const quoteOf = (quote: AnyQuote | null | undefined): Delivered['replyTo'] => {
  if (!quote) return null;
  const id = String(quote.id);
  return 'deleted' in quote ? { id, isDeleted: true } : { id, author: quote.sender, text: quote.text };
};

export const fromRoom = (message: RoomMessage): Delivered => ({
  id: message.id,
  author: message.username,
  text: message.text,
  createdAt: message.createdAt,
  editedAt: message.editedAt ?? null,
  replyTo: quoteOf(message.replyTo),
  reactions: message.reactions ?? [],
  mentions: message.mentions ?? [],
  mentionsRoom: message.mentionsRoom ?? false,
  attachments: message.attachments ?? [],
  clientId: message.clientId,
  event: message.event,
  isBot: message.isBot ?? false,
});

/** Fields that not all answers have are those of a new message. */
export const fromInbox = (
  message: Omit<InboxMessage, 'reactions' | 'avatarUrl' | 'read'> & Partial<InboxMessage>,
): Delivered => ({
  id: String(message.id),
  author: message.sender,
  text: message.text,
  createdAt: message.createdAt,
  editedAt: message.editedAt,
  replyTo: quoteOf(message.replyTo),
  reactions: message.reactions ?? [],
  mentions: [],
  mentionsRoom: false,
  attachments: message.attachments ?? [],
  clientId: message.clientId,
  event: undefined,
  isBot: message.isBot ?? false,
});

type RoomEvent = { id: string; data: RoomEventData };
type RoomEventData =
  | { type: 'message' | 'edited'; message: RoomMessage }
  | { type: 'deleted'; id: string }
  | { type: 'reaction'; id: string; reactions: Delivered['reactions'] };

export function roomChange({ id, data }: RoomEvent): Change {
  const at = placeOf(id);
  return 'message' in data ? { type: data.type, message: fromRoom(data.message), at } : { ...data, at };
}

/** The range that a page tells of: to the edge of what was asked for, or to where the page ends. */
function rangeOf(
  { before, after }: Wanted,
  { older, newer, upTo }: { older: Place | null; newer: Place | null; upTo: Place },
): { from: Place; to: Place } {
  return {
    from: after === undefined ? (older ?? beginning) : justAfter(placeOf(after)),
    to: before === undefined ? (newer ?? upTo) : justBefore(placeOf(before)),
  };
}

export function roomSource({ client, call }: Core, roomId: number): Source {
  const { chat } = client;
  return {
    async page(wanted, limit) {
      const answer = await call(() => chat.history.query({ roomId, ...wanted, limit }));
      const { hasMoreBefore, hasMoreAfter, position } = answer;
      const messages = answer.messages.map(fromRoom);
      const upTo = partsOf(position);
      const edge = (message: Delivered | undefined, fallback: Place) =>
        message ? placeOf(message.id) : fallback;
      const range = rangeOf(wanted, {
        older: hasMoreBefore ? edge(messages[0], upTo) : null,
        newer: hasMoreAfter ? edge(messages.at(-1), upTo) : null,
        upTo,
      });
      const isNewest = !hasMoreAfter && wanted.before === undefined;
      return { page: { ...range, messages, at: upTo, hasOlder: hasMoreBefore, isNewest }, position };
    },
    async send({ clientId, ...draft }, signal) {
      const input = { roomId, clientId, ...draft };
      const message = fromRoom(await call(() => chat.sendMessage.mutate(input, { signal })));
      return { message: { ...message, clientId }, at: placeOf(message.id) };
    },
    async edit(id, text) {
      const { editedAt = null } = await call(() => chat.editMessage.mutate({ roomId, id, text }));
      return { editedAt };
    },
    remove: (id) => call(() => chat.deleteMessage.mutate({ roomId, id })),
    react: (id, emoji, isOn) => call(() => chat[isOn ? 'react' : 'unreact'].mutate({ roomId, id, emoji })),
    markRead: (upTo) => call(() => chat.markRead.mutate({ roomId, upTo })),
    mute: (until) =>
      call<unknown>(() =>
        until === null
          ? chat.unmute.mutate({ roomId })
          : chat.mute.mutate({ roomId, until: until?.toISOString() }),
      ),
    leave: () => call(() => chat.leaveRoom.mutate({ roomId })),
    setTyping: (isTyping) => call(() => chat.setTyping.mutate({ roomId, isTyping })),
  };
}

export function peerSource({ client, call }: Core, peer: string): Source {
  const { inbox } = client;

  async function read(wanted: { before?: number; after?: number }, limit: number) {
    const answer = await call(() => inbox.listMessages.query({ with: peer, ...wanted, limit }));
    const [change, newest] = partsOf(answer.position);
    const edge: Place | null = answer.nextCursor === null ? null : [answer.nextCursor, 0];
    const isForward = wanted.after !== undefined;
    const range = rangeOf(
      {
        ...(wanted.before !== undefined && { before: String(wanted.before) }),
        ...(isForward && { after: String(wanted.after) }),
      },
      { older: isForward ? null : edge, newer: isForward ? edge : null, upTo: [newest, 0] },
    );
    const page: Page = {
      ...range,
      messages: answer.messages.map(fromInbox).reverse(),
      at: [change, 0],
      hasOlder: isForward || edge !== null,
      isNewest: wanted.before === undefined && (!isForward || edge === null),
    };
    return { page, position: answer.position };
  }

  return {
    async page({ before, after, around }, limit) {
      if (around === undefined)
        return read(
          {
            ...(before !== undefined && { before: Number(before) }),
            ...(after !== undefined && { after: Number(after) }),
          },
          limit,
        );
      const middle = Math.max(1, Number(around)); // the first message there is
      const half = Math.ceil(limit / 2);
      const [older, newer] = await Promise.all([
        read({ before: middle + 1 }, half),
        read({ after: middle }, half),
      ]);
      // Events since the earlier of the two are applied again, which changes nothing.
      const earlier = older.page.at[0] <= newer.page.at[0] ? older : newer;
      const page: Page = {
        from: older.page.from,
        to: newer.page.to,
        messages: [...older.page.messages, ...newer.page.messages],
        at: earlier.page.at,
        hasOlder: older.page.hasOlder,
        isNewest: newer.page.isNewest,
      };
      return { page, position: earlier.position };
    },
    async send({ clientId, replyTo, ...draft }, signal) {
      const input = {
        recipient: peer,
        clientId,
        ...draft,
        ...(replyTo !== undefined && { replyTo: Number(replyTo) }),
      };
      const answer = await call(() => inbox.sendMessage.mutate(input, { signal }));
      if ('deleted' in answer) return null;
      const [change] = partsOf(answer.position);
      return { message: { ...fromInbox(answer), clientId }, at: [change, 0] };
    },
    edit: (id, text) => call(() => inbox.editMessage.mutate({ id: Number(id), text })),
    remove: (id, scope) => call(() => inbox.deleteMessage.mutate({ id: Number(id), scope })),
    react: (id, emoji, isOn) =>
      call(() => inbox[isOn ? 'react' : 'unreact'].mutate({ id: Number(id), emoji })),
    markRead: (upTo) => call(() => inbox.markRead.mutate({ with: peer, upTo: Number(upTo) })),
    mute: (until) =>
      call(() =>
        until === null
          ? inbox.unmute.mutate({ with: peer })
          : inbox.mute.mutate({ with: peer, until: until?.toISOString() }),
      ),
    leave: () => call(() => inbox.clearConversation.mutate({ with: peer })),
    setTyping: (isTyping) => call(() => inbox.setTyping.mutate({ to: peer, isTyping })),
  };
}
