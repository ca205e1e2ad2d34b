import type { Item } from '../conversation/rows.ts';
import type { Mentioned } from '../formatting/mentions.tsx';
import type { RoomEntry, RoomMessage } from '../state/room-types.ts';
import { text } from '../text.ts';

/** `@room` mentions everyone. */
const everyone = 'room';

/** A message of a room, or a gap, as the list of messages shows it. */
export function showEntry(
  entry: RoomEntry,
  {
    username,
    blocked,
    pinned,
  }: { username: string; blocked: ReadonlySet<string>; pinned: ReadonlySet<string> },
): Item {
  if ('isGap' in entry) return { key: entry.id, isGap: true };
  const { id, replyTo } = entry;
  if (entry.event !== undefined)
    return {
      key: id,
      note: text.systemMessages[entry.event](entry.username, entry.text),
      createdAtMs: Date.parse(entry.createdAt),
    };
  const isOwn = entry.username === username;
  const mentioned = mentionedIn(entry, username);
  return {
    key: id,
    author: entry.username,
    isOwn,
    text: entry.text,
    createdAtMs: Date.parse(entry.createdAt),
    ...(entry.attachments && { files: entry.attachments }),
    ...(isOwn && { state: 'sent' }),
    ...(pinned.has(id) && { isPinned: true }),
    ...(entry.editedAt !== undefined && { isEdited: true }),
    ...(entry.isBot && { isBot: true }),
    ...(entry.reactions && { reactions: entry.reactions }),
    ...(blocked.has(entry.username) && { isFolded: true }),
    ...(replyTo && { quote: quoteOf(replyTo, blocked) }),
    ...(mentioned && { mentioned }),
  };
}

/** Whom a message mentions, if anybody. Its author is never told that it mentions them. */
export function mentionedIn(message: RoomMessage, username: string): Mentioned | undefined {
  const { mentions = [], mentionsRoom = false } = message;
  if (mentions.length === 0 && !mentionsRoom) return undefined;
  return {
    names: mentionsRoom ? [...mentions, everyone] : mentions,
    includesReader: message.username !== username && (mentionsRoom || mentions.includes(username)),
  };
}

function quoteOf(replyTo: NonNullable<RoomMessage['replyTo']>, blocked: ReadonlySet<string>) {
  if ('deleted' in replyTo) return null;
  const { id, sender } = replyTo;
  return { key: id, author: sender, text: blocked.has(sender) ? text.conversation.folded : replyTo.text };
}
