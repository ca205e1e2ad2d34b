import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { type StoredAttachment, storedAttachment, textOrNames } from '../files/attachments.ts';

/** `<ms>-<seq>`, increasing in the order of storing. Its length is bounded so that both parts are exact as numbers. */
export const messageId = z.string().regex(/^\d{1,15}-\d{1,15}$/);

/** The message that another one replies to: as it began, or that it is no longer held. */
const quote = z.union([
  z.object({ id: messageId, sender: z.string(), text: z.string() }),
  z.object({ id: messageId, deleted: z.literal(true) }),
]);

export type Quote = z.output<typeof quote>;

/** Whom a message mentions. */
const mentions = z.object({
  /** Members of the room. */
  mentions: z.array(z.string()).exactOptional(),
  /** Everyone in the room. */
  mentionsRoom: z.literal(true).exactOptional(),
});

export type Mentions = z.output<typeof mentions>;

/** Who has reacted to a message with the same emoji, in the order of their reactions. */
export const reaction = z.object({ emoji: z.string(), users: z.array(z.string()) });

export type Reaction = z.output<typeof reaction>;

/** What system messages tell: that somebody has come or gone, or that the room has another name or topic. */
export const systemEvents = ['joined', 'left', 'removed', 'banned', 'renamed', 'topic'] as const;

export type SystemEvent = (typeof systemEvents)[number];

export const roomMessage = mentions.extend({
  id: messageId,
  roomId: z.number().int(),
  username: z.string(),
  text: z.string(),
  createdAt: z.coerce.date(), // stores outside the process use JSON, which has no dates
  replyTo: quote.exactOptional(),
  /** What the sender calls it, which is not for others. */
  clientId: z.string().exactOptional(),
  /** When the text was last changed. */
  editedAt: z.coerce.date().exactOptional(),
  /** Absent if there are none. */
  reactions: z.array(reaction).exactOptional(),
  /** Absent if there are none. */
  attachments: z.array(storedAttachment).exactOptional(),
  /** Sent by the server itself: `username` is whom the event is about, and `text` the new name or topic. */
  kind: z.literal('system').exactOptional(),
  event: z.enum(systemEvents).exactOptional(),
});

/** Must not be modified, nor its date: a store may return the same objects to every reader. */
export type RoomMessage = Readonly<z.output<typeof roomMessage>>;
/** What counting needs of a message. */
export type Authored = Pick<RoomMessage, 'id' | 'username' | 'mentions' | 'mentionsRoom'>;
export type RoomMessageDraft = Pick<RoomMessage, 'roomId' | 'username' | 'text'>;

/** A draft with what not every message has. */
export interface NamedDraft extends RoomMessageDraft, Mentions {
  /** The id of a message of the same room. */
  replyTo?: string | undefined;
  /** A second draft of the same user with this is the same message, as long as that is held. */
  clientId?: string | undefined;
  attachments?: StoredAttachment[] | undefined;
  /** Makes it a system message. */
  event?: SystemEvent | undefined;
}

/** What a user has called a message for a room. */
export interface SentName {
  roomId: number;
  username: string;
  clientId: string;
}

/** What is to become of a message. */
export type Revision =
  | ({ kind: 'edited'; text: string; editedAt: Date } & Mentions)
  | { kind: 'reaction'; reactions: Reaction[] }
  | { kind: 'deleted' };

/**
 * What has become of a message. Its `id` is a place in the same order as the ids of messages. One that was changed and has
 * expired since may be told of as deleted.
 */
export type RoomChange =
  | { kind: 'edited' | 'reaction'; id: string; message: RoomMessage }
  | { kind: 'deleted'; id: string; messageId: string };

/** What a reader has missed: the oldest messages and the oldest changes, each in the order of their ids. */
export interface Missed {
  messages: RoomMessage[];
  changes: RoomChange[];
  gap: boolean;
  /** As of before this was read: everything that was stored up to here is covered. */
  newestId: string;
}

export interface RoomMessageLimits {
  /** The maximum number of messages over all rooms. Beyond it the oldest message of any room is evicted. */
  capacity: number;
  /** Whether it is the oldest message of the room that holds the most, instead: see FairRing. */
  isFair?: boolean;
  /** The lifetime of a message in milliseconds from its `createdAt`; expired messages are never returned. */
  ttlMs: number;
}

/**
 * The recent messages of all rooms, bounded in number and age; not for data that must be kept. Implementations must pass
 * tests/stores/room-message-store.contract.ts.
 */
export interface RoomMessageStore {
  /** Ids increase strictly, even if the clock is set back or the process is restarted. */
  append(draft: RoomMessageDraft): Promise<RoomMessage>;

  /**
   * As `append`, unless the user has sent this before: then gives that message, and stores none. Throws 'CLIENT_ID_REUSED' for
   * another message under the same `clientId`, and 'MESSAGE_NOT_FOUND' for a reply to one that is not held in the room, and
   * for one that was sent before and deleted since.
   */
  appendNamed(draft: NamedDraft): Promise<{ message: RoomMessage; isRepeat: boolean }>;

  /** Whether what the user has sent under this client id was deleted since: `appendNamed` throws 'MESSAGE_NOT_FOUND' for a repeat. */
  isDeleted(sent: SentName): Promise<boolean>;

  /**
   * The messages of a room, oldest first; with `after`, only those with a higher id. `after` is only compared: it need
   * not be the id of a message of the room. A store may return only the oldest `limit` messages.
   */
  list(roomId: number, after?: string, limit?: number): Promise<RoomMessage[]>;

  /**
   * As `list`, for a reader that has read everything up to `after`. `gap` is true if a newer message of the room was
   * evicted or has expired, or if the store cannot know: for a position from before a crash, and for rooms that have been
   * empty for so long that their losses are no longer recorded. For a position that no store before this one can have
   * given, as after a restore of the database, it is true as well, and all messages of the room are returned. Of a
   * message that is held, only its latest edit and the latest change of its reactions are among the `changes`; they go
   * with it. Deletions are recorded for as long and up to as many as messages are held; those beyond lead to a gap.
   */
  since(roomId: number, after: string, limit?: number): Promise<Missed>;

  /**
   * Changes a message as `decide` says, which gets it as it is now and may throw; undefined leaves it. Nobody else changes it
   * in between. Gives it as it is then, or was before it was deleted. Throws 'MESSAGE_NOT_FOUND'.
   */
  revise(
    roomId: number,
    id: string,
    decide: (message: RoomMessage) => Revision | undefined,
  ): Promise<{ message: RoomMessage; isChanged: boolean }>;

  /** The message with this id, as `list` gives it, if the room holds it. Costs no more in a room with many messages. */
  find(roomId: number, id: string): Promise<RoomMessage | undefined>;

  /** Every stored message has at most this id, and every later one a higher id. */
  newestId(): Promise<string>;

  /** Whether it signals itself, on the topic of the room, that it has appended a message. */
  readonly announcesAppends?: boolean;

  /** Removes the messages of a room and the record of its losses. Called for a deleted room, and for a new one. */
  forgetRoom(roomId: number): Promise<void>;

  /** The number of messages in all rooms, for metrics. If they are stored outside the process, as of the last call. */
  size(): number;
}

/** How much of a message is shown with replies to it, and in lists. */
const maxPreviewLength = 140;

type Shown = Pick<RoomMessage, 'id' | 'username' | 'text'> & { attachments?: readonly { name: string }[] };

/** What replies show of a message. */
export const quoteOf = ({ id, username, text, attachments }: Shown): Quote => ({
  id,
  sender: username,
  text: previewOf(textOrNames(text, attachments)),
});

/** The fields about mentions, of a draft or a message that has them. */
export const mentionsOf = ({ mentions, mentionsRoom }: Mentions): Mentions => ({
  ...(mentions && { mentions }),
  ...(mentionsRoom && { mentionsRoom }),
});

/** The fields of a system message, of a draft or a message that is one. */
export const systemOf = ({ event }: { event?: SystemEvent | undefined }) =>
  event === undefined ? {} : ({ kind: 'system', event } as const);

/** The attachments of a draft or a message that has any. */
export const attachmentsOf = ({ attachments }: { attachments?: StoredAttachment[] | undefined }) =>
  attachments ? { attachments } : {};

/** Which files a message has, for telling a repeat from another message. Undefined without any. */
export const attachedIds = ({ attachments }: { attachments?: StoredAttachment[] | undefined }) =>
  attachments?.map(({ id }) => id).join(' ');

/** As stores outside the process keep them: JSON, or null for a message that mentions nobody. */
export function storedMentions({ mentions, mentionsRoom }: Mentions): string | null {
  return mentions || mentionsRoom ? JSON.stringify({ mentions, mentionsRoom }) : null;
}

export const parseMentions = (stored: string | null): Mentions =>
  stored === null ? {} : (JSON.parse(stored) as Mentions); // safe: made by `storedMentions`

/** The message after an edit or a change of its reactions. */
export function revised(message: RoomMessage, revision: Exclude<Revision, { kind: 'deleted' }>): RoomMessage {
  if (revision.kind === 'reaction') {
    const { reactions: _, ...rest } = message;
    return revision.reactions.length === 0 ? rest : { ...rest, reactions: revision.reactions };
  }
  const { mentions: _, mentionsRoom: __, ...rest } = message;
  return { ...rest, text: revision.text, editedAt: revision.editedAt, ...mentionsOf(revision) };
}

/** How a text begins. */
export function previewOf(text: string): string {
  const cut = text.length <= maxPreviewLength ? text : text.slice(0, maxPreviewLength);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

/** Throws 'CLIENT_ID_REUSED' unless the draft is the message itself, given as it was sent. */
export function requireSame(
  message: RoomMessage,
  draft: NamedDraft,
  hasSameText = message.text === draft.text,
): void {
  const isSame =
    message.roomId === draft.roomId &&
    hasSameText &&
    message.replyTo?.id === draft.replyTo &&
    attachedIds(message) === attachedIds(draft);
  if (!isSame) throw new AppError('CLIENT_ID_REUSED');
}

/** The newest id of a store that never held anything. */
export const noMessageId = '0-0';

/** Negative if `a` was stored before `b`. The ids do not sort as text: '9-0' is older than '10-0'. */
export function compareMessageIds(a: string, b: string): number {
  const dashA = a.indexOf('-');
  const dashB = b.indexOf('-');
  // Where both parts are of equal length, as mostly, they do sort as text, at a fifth of the cost.
  if (dashA === dashB && a.length === b.length) return a < b ? -1 : Number(a > b);
  return (
    Number(a.slice(0, dashA)) - Number(b.slice(0, dashB)) ||
    Number(a.slice(dashA + 1)) - Number(b.slice(dashB + 1))
  );
}

/** The two numbers of an id, which are exact. */
export function partsOf(id: string): { ms: number; seq: number } {
  const [ms, seq] = id.split('-').map(Number);
  return { ms: ms ?? 0, seq: seq ?? 0 };
}

export const messageIdOf = ({ ms, seq }: { ms: number; seq: number }): string => `${ms}-${seq}`;

/** The greatest that either part of an id can be. */
const maxPart = 999_999_999_999_999;

/** The lowest id above this one. */
export function nextId(id: string): string {
  const { ms, seq } = partsOf(id);
  return seq < maxPart
    ? messageIdOf({ ms, seq: seq + 1 })
    : messageIdOf({ ms: Math.min(ms + 1, maxPart), seq: 0 });
}

/** The highest id below this one. */
export function previousId(id: string): string {
  const { ms, seq } = partsOf(id);
  if (seq > 0) return messageIdOf({ ms, seq: seq - 1 });
  return ms > 0 ? messageIdOf({ ms: ms - 1, seq: maxPart }) : id;
}
