import type { Reason } from '../../client/index.ts';
import { now } from '../clock.ts';
import type { FileFacts } from './attachments.ts';
import { keysOf, onStorage, read, removeByPrefix, write } from './storage.ts';

/** A message that is replied to. */
export interface Quote {
  /** A number in the inbox. */
  id: number | string;
  sender: string;
  text: string;
}

/** An undelivered message as it is stored. */
export interface Unsent {
  /** Unique, and sorts by the time of writing. The server tells repeats by it. */
  key: string;
  text: string;
  /** The message it replies to. */
  quote?: Quote;
  /** They have been uploaded. */
  files?: FileFacts[];
  createdAtMs: number;
  /** Why the server refused it for good. */
  refusal?: Reason;
}

/** The undelivered messages of one conversation. All windows of a browser share them. */
export interface OutboxStorage {
  /** Distinguishes this user and conversation from all others. */
  readonly name: string;
  /** Oldest first. */
  load(): Unsent[];
  /** Returns false if it could not be stored. */
  save(item: Unsent): boolean;
  remove(key: string): void;
  get(key: string): Unsent | undefined;
  /** Calls the listener after changes by other windows. Returns a function that unsubscribes. */
  onChange(listener: () => void): () => void;
}

/** Older messages are dropped: by then their writer has forgotten them. */
const maxAgeMs = 7 * 24 * 60 * 60_000;

const prefixOf = (username: string) => `mirage.outbox.${encodeURIComponent(username)}/`;

export function openOutboxStorage(username: string, conversation: string): OutboxStorage {
  const prefix = `${prefixOf(username)}${encodeURIComponent(conversation)}/`;
  return {
    name: prefix,
    load: () =>
      keysOf(prefix)
        .sort()
        .flatMap((key) => {
          const item = parse(read(key));
          if (!item) write(key, undefined);
          return item ?? [];
        }),
    save: (item) => write(prefix + item.key, JSON.stringify(item)),
    remove: (key) => void write(prefix + key, undefined),
    get: (key) => parse(read(prefix + key)),
    onChange: (listener) => onStorage(prefix, listener),
  };
}

/** The conversations for which there are undelivered messages. */
export function unsentConversations(username: string): string[] {
  const prefix = prefixOf(username);
  const names = keysOf(prefix).map((key) => key.slice(prefix.length).split('/', 1)[0] ?? '');
  return [...new Set(names)].map(decodeURIComponent);
}

export const deleteOutbox = (username: string) => removeByPrefix(prefixOf(username));

function parse(stored: string | undefined): Unsent | undefined {
  try {
    const item = JSON.parse(stored ?? '') as Unsent; // safe: only `save` writes these keys
    return now() - item.createdAtMs < maxAgeMs ? item : undefined;
  } catch {
    return undefined;
  }
}
