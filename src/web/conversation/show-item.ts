import type { Message, TimelineItem } from '../../client/chat/index.ts';
import { explain } from '../failure.ts';
import type { ShownFile } from '../files/shown-file.ts';
import type { Mentioned } from '../formatting/mentions.tsx';
import { text } from '../text.ts';
import type { Item, MessageItem } from './rows.ts';

/** What of the reader changes how it is shown. */
interface Reader {
  /** Whose messages are folded. */
  blocked: ReadonlySet<string>;
  /** Ids of pinned messages. */
  pinned: ReadonlySet<string>;
}

/** `@room` mentions everyone. */
const everyone = 'room';

/** What stands in a window, as the list of messages shows it. */
export function showItem(item: TimelineItem, reader: Reader): Item {
  if (item.kind === 'gap') return { key: item.key, isGap: true };
  const { key, id, author, isOwn, reactions } = item;
  const createdAtMs = Date.parse(item.createdAt);
  if (item.kind === 'system') return { key, note: noteOf(item), createdAtMs };
  const mentioned = mentionedIn(item);
  const files = item.attachments.map(showFile);
  const failure = failureOf(item);
  return {
    key,
    id,
    author,
    isOwn,
    text: item.text,
    createdAtMs,
    reactions,
    ...(isOwn && { state: stateOf(item) }),
    ...(files.length > 0 && { files }),
    ...(id !== null && reader.pinned.has(id) && { isPinned: true }),
    ...(item.editedAt !== null && { isEdited: true }),
    ...(item.isBot && { isBot: true }),
    ...(reader.blocked.has(author) && { isFolded: true }),
    ...(item.replyTo && { quote: quoteOf(item.replyTo, reader.blocked) }),
    ...(mentioned && { mentioned }),
    ...(failure !== undefined && { failure }),
  };
}

function noteOf({ event, author, text: words }: Message): string {
  const notes: Record<string, (username: string, text: string) => string> = text.systemMessages;
  return notes[event ?? '']?.(author, words) ?? '';
}

/** Whom a message mentions, if anybody. Its author is never told that it mentions them. */
export function mentionedIn({ mentions, mentionsRoom, mentionsMe }: Message): Mentioned | undefined {
  if (mentions.length === 0 && !mentionsRoom) return undefined;
  return { names: mentionsRoom ? [...mentions, everyone] : mentions, includesReader: mentionsMe };
}

function showFile({
  url,
  id = '',
  mediaType = '',
  progress: _,
  ...file
}: Message['attachments'][number]): ShownFile {
  return { ...file, id, mediaType, ...(url !== null && { url }) };
}

function quoteOf(
  quote: NonNullable<Message['replyTo']>,
  blocked: ReadonlySet<string>,
): NonNullable<MessageItem['quote']> | null {
  if ('isDeleted' in quote) return null;
  const { id, author } = quote;
  return { id, author, text: blocked.has(author) ? text.conversation.folded : quote.text };
}

function stateOf({ status, error }: Message): NonNullable<MessageItem['state']> {
  if (status === 'failed') return 'refused';
  if (status === 'queued') return error ? 'waiting' : 'sending';
  return status;
}

function failureOf({ status, error, replyTo, attachments }: Message): string | undefined {
  if (!error) return undefined;
  if (status === 'queued')
    return error.retryAfterMs === null ? text.conversation.waiting : text.conversation.throttled;
  if (status !== 'failed') return undefined;
  return `${text.conversation.notSent} ${whyOf(error, replyTo !== null, attachments.length > 0)}`;
}

function whyOf(
  { reason, cause }: NonNullable<Message['error']>,
  isReply: boolean,
  hasFiles: boolean,
): string {
  if (reason === 'MESSAGE_NOT_FOUND' && isReply) return text.conversation.quoteGone;
  if (reason === 'FILE_NOT_FOUND' && hasFiles) return text.files.gone;
  return explain(cause);
}
