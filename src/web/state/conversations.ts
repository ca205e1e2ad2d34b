import type { Outputs } from '../../client/index.ts';

export type InboxMessage = Outputs['inbox']['listMessages']['messages'][number];

/** By the other's name; each conversation oldest first. */
export type Conversations = ReadonlyMap<string, readonly InboxMessage[]>;

export const peerOf = ({ sender, recipient }: InboxMessage, username: string) =>
  sender === username ? recipient : sender;

/** What is known already keeps its place, and takes on what is newly known of it. What has been read stays so. */
export function addMessages(
  before: Conversations,
  username: string,
  messages: InboxMessage[],
): Conversations {
  if (messages.length === 0) return before;
  const after = new Map(before);
  for (const [peer, added] of Map.groupBy(messages, (message) => peerOf(message, username))) {
    const byId = new Map((before.get(peer) ?? []).map((message) => [message.id, message]));
    for (const message of added)
      byId.set(message.id, { ...message, read: message.read || (byId.get(message.id)?.read ?? false) });
    after.set(
      peer,
      [...byId.values()].sort((a, b) => a.id - b.id),
    );
  }
  return after;
}

export function dropMessages(before: Conversations, ids: number[]): Conversations {
  if (ids.length === 0) return before;
  const gone = new Set(ids);
  return mapConversations(before, (messages) => messages.filter(({ id }) => !gone.has(id)));
}

/** Everything that `reader` received up to an id has been read. */
export function markRead(
  before: Conversations,
  username: string,
  { reader, upTo }: { reader: string; upTo: number },
): Conversations {
  return mapConversations(before, (messages, peer) => {
    if (reader !== username && reader !== peer) return messages;
    return messages.map((message) =>
      message.recipient === reader && message.id <= upTo && !message.read
        ? { ...message, read: true }
        : message,
    );
  });
}

function mapConversations(
  before: Conversations,
  change: (messages: readonly InboxMessage[], peer: string) => readonly InboxMessage[],
): Conversations {
  return new Map(
    [...before]
      .map(([peer, messages]) => [peer, change(messages, peer)] as const)
      .filter(([, messages]) => messages.length > 0),
  );
}

export function newestId(conversations: Conversations): number {
  return Math.max(0, ...[...conversations.values()].map((messages) => messages.at(-1)?.id ?? 0));
}

/** `seen` is the newest message that was shown here; the server's mark may have to wait for other conversations. */
export function countUnread(messages: readonly InboxMessage[], username: string, seen: number): number {
  return messages.filter(({ id, recipient, read }) => recipient === username && !read && id > seen).length;
}

/**
 * How far the server may be told that all has been read: it has one mark for all conversations, so the oldest message
 * that was not seen stops it. 0 when there is nothing to tell, or when older unread ones may not be known here.
 */
export function readUpTo(
  conversations: Conversations,
  username: string,
  seenOf: (peer: string) => number,
  mayHaveOlder: boolean,
): number {
  const received = [...conversations.values()]
    .flat()
    .filter(({ recipient }) => recipient === username)
    .sort((a, b) => a.id - b.id);
  const reachesRead = !mayHaveOlder || received.some(({ read }) => read);
  if (!reachesRead) return 0;
  let upTo = 0;
  for (const message of received) {
    if (message.read) continue;
    if (message.id > seenOf(peerOf(message, username))) break;
    upTo = message.id;
  }
  return upTo;
}
