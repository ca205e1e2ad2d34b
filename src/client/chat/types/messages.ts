import type { FileSource } from '../../files/source.ts';
import type { Quote, Reaction, ServerAttachment } from '../strip.ts';
import type { ChatError, Target } from './basics.ts';

/** Messages are missing here: `lost` for good, or `closing`, to be loaded. */
export interface Gap {
  /** Tells it apart from messages. */
  kind: 'gap';
  /** Of the item in the list. */
  key: string;
  /** Whether it can be closed. */
  state: 'lost' | 'closing';
}

/** A message, delivered or on its way. */
export interface Message {
  /** `system`: the server tells what has happened. */
  kind: 'message' | 'system';
  /** Stays the same from sending on, also after a reload. */
  key: string;
  /** The server's; null until delivered. */
  id: string | null;
  /** Of a system message, whom it is about. */
  author: string;
  /** Whether the user has written it. */
  isOwn: boolean;
  /** As it was written. */
  text: string;
  /** The server's time in ISO 8601; until delivered the device's, to be shown only. */
  createdAt: string;
  /** `read`: by the other. Messages by others are `sent`. */
  status: 'queued' | 'sending' | 'sent' | 'read' | 'failed';
  /** Of a failed message. */
  error: ChatError | null;
  /** In ISO 8601; null if it was not edited. */
  editedAt: string | null;
  /** What it replies to. */
  replyTo: Quote | null;
  /** By emoji, in the order of the first of each. */
  reactions: readonly Reaction[];
  /** The users whom it mentions by name. */
  mentions: readonly string[];
  /** Whether it mentions everybody in the room. */
  mentionsRoom: boolean;
  /** Whether it mentions the user. */
  mentionsMe: boolean;
  /** Files, in the order of sending. */
  attachments: readonly Attachment[];
  /** What a system message tells. */
  event: string | null;
  /** Whether a program has written it. */
  isBot: boolean;
  /** A change by the user that is not confirmed yet. */
  pending: 'edit' | 'remove' | 'reaction' | null;
}

/** A file of a message. */
export interface Attachment extends Partial<Omit<ServerAttachment, 'name' | 'size' | 'url'>> {
  /** Of the file. */
  name: string;
  /** In bytes; -1 if unknown. */
  size: number;
  /** From 0 to 1 while it is being uploaded, then null. */
  progress: number | null;
  /** Of the server, which expires, or of the file that is being sent; null if there is none. */
  url: string | null;
}

/** What stands in a window. */
export type TimelineItem = Message | Gap;

/** A file that `client.files.upload` has uploaded. */
export type UploadedAttachment = Omit<ServerAttachment, 'url'>;

/** What is to be sent. */
export interface NewMessage {
  /** At most 16,384 characters; with files it may be empty. */
  text: string;
  /** The id of a message of the same conversation. */
  replyTo?: string | undefined;
  /** Uploaded before, for this conversation. With `files`, at most 10. */
  attachments?: readonly UploadedAttachment[] | undefined;
  /** To be uploaded and attached after those. */
  files?: readonly FileSource[] | undefined;
}

/** A message on its way. */
export interface Outgoing {
  /** The message's. */
  key: string;
  /** Never rejects. */
  settled: Promise<Settled>;
}

/** What has become of a message. */
export type Settled =
  | {
      /** It was delivered. */
      ok: true;
      /** Null if it was deleted before its delivery became known. */
      message: Message | null;
    }
  | {
      /** It was refused. */
      ok: false;
      /** Why. */
      error: ChatError;
      /** It can be sent again. */
      discarded?: never;
    }
  | {
      /** It was not delivered. */
      ok: false;
      /** The user has dropped it. */
      discarded: true;
      /** There is none. */
      error?: never;
    };

/** An undelivered message. */
export interface OutgoingSummary {
  /** The message's. */
  key: string;
  /** Where it goes. */
  target: Target;
  /** As it was written. */
  text: string;
  /** Files that are sent with it. */
  attachments: readonly Attachment[];
  /** `queued`: it waits for others, or for the next attempt. */
  status: 'queued' | 'sending' | 'failed';
  /** False if it would not survive a reload. */
  isStored: boolean;
  /** Of the latest attempt. */
  error: ChatError | null;
}
