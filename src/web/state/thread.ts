import { preview } from './conversations.ts';
import type { InboxEvent, InboxMessage } from './inbox-types.ts';
import { isOlder } from './positions.ts';

/** A message and the position that it is known at. */
export type HeldMessage = InboxMessage & { at: string };

/** The loaded part of a conversation. */
export interface Thread {
  status: 'loading' | 'ready' | 'failed';
  /** Oldest first, and none is missing in between. */
  messages: readonly HeldMessage[];
  /** Cursors of the next pages; null at the ends. */
  older: number | null;
  newer: number | null;
  /** Another number each time it is loaded anew, at its end or around a message. */
  turn: number;
  error?: unknown;
}

/** Whether the loaded part contains the place of a message, even if the message itself has been deleted. */
export const reaches = ({ status, messages, older, newer }: Thread, id: number): boolean =>
  messages.some((message) => message.id === id) ||
  (status === 'ready' &&
    (older === null || messages.some((message) => message.id < id)) &&
    (newer === null || messages.some((message) => message.id > id)));

/** Adds messages that are true at a position. What is known from later stays. */
export function learn(
  thread: Thread,
  messages: readonly InboxMessage[],
  at: string,
  gone: ReadonlySet<number>,
): Thread {
  const byId = new Map(thread.messages.map((message) => [message.id, message]));
  for (const message of messages)
    if (!gone.has(message.id) && !isOlder(at, byId.get(message.id)?.at))
      byId.set(message.id, { ...withoutGoneQuote(message, gone), at });
  return { ...thread, messages: [...byId.values()].sort((a, b) => a.id - b.id) };
}

/** Applies an event. `isCovered`: pages that are older than it cannot bring back an older state. */
export function applyToThread(
  thread: Thread,
  event: InboxEvent,
  at: string,
  gone: ReadonlySet<number>,
): { thread: Thread; isCovered: boolean } {
  switch (event.type) {
    case 'message':
      // The end is not loaded, and the message would leave a hole before it.
      if (thread.newer !== null) return { thread, isCovered: false };
      return { thread: learn(thread, [event.message], at, gone), isCovered: true };
    case 'edited': {
      const { id } = event.message;
      const isHeld = thread.messages.some((message) => message.id === id);
      const changed = isHeld ? learn(thread, [event.message], at, gone) : thread;
      return { thread: quote(changed, event.message, at), isCovered: false };
    }
    case 'deleted':
      return { thread: remove(thread, event.id), isCovered: true };
    case 'reaction': {
      const held = thread.messages.find(({ id }) => id === event.id);
      if (!held) return { thread, isCovered: false };
      return {
        thread: learn(thread, [{ ...held, reactions: event.reactions }], at, gone),
        isCovered: true,
      };
    }
    case 'conversation':
      if (!event.cleared) return { thread, isCovered: true };
      return {
        thread: {
          ...thread,
          older: null,
          newer: null,
          messages: thread.messages.filter((message) => !isOlder(message.at, at)),
        },
        isCovered: false,
      };
    default:
      return { thread, isCovered: true };
  }
}

export function remove(thread: Thread, id: number): Thread {
  const gone = new Set([id]);
  if (!thread.messages.some((message) => message.id === id || message.replyTo?.id === id)) return thread;
  return {
    ...thread,
    messages: thread.messages
      .filter((message) => message.id !== id)
      .map((message) => withoutGoneQuote(message, gone)),
  };
}

/** Replies show the text that the message has now. */
function quote(thread: Thread, quoted: InboxMessage, at: string): Thread {
  const { id, sender } = quoted;
  if (!thread.messages.some(({ replyTo }) => replyTo?.id === id)) return thread;
  return {
    ...thread,
    messages: thread.messages.map((message) =>
      message.replyTo?.id === id && !isOlder(at, message.at)
        ? { ...message, replyTo: { id, sender, text: preview(quoted) }, at }
        : message,
    ),
  };
}

function withoutGoneQuote<T extends InboxMessage>(message: T, gone: ReadonlySet<number>): T {
  const { replyTo } = message;
  return replyTo && gone.has(replyTo.id)
    ? { ...message, replyTo: { id: replyTo.id, deleted: true } }
    : message;
}
