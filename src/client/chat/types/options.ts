import type { MirageClient } from '../../create-client.ts';
import type { FileSource } from '../../files/source.ts';
import type { Readable, Target } from './basics.ts';

/** For {@link createChat}. */
export interface ChatOptions {
  /** Its connection is left open when the chat is closed. */
  client: MirageClient;
  /** Who is logged in. Without it the server is asked, and `me` is null until it has answered. */
  username?: string;
  /** Where undelivered messages, drafts and read marks survive a reload. In memory by default. */
  storage?: ChatStorage;
  /**
   * `unsent` by default. With `nothing`, nothing is stored; with `messages` also the newest messages of the conversations that were
   * shown last, so that a page shows them at once, and offline.
   */
  keep?: 'nothing' | 'unsent' | 'messages';
  /** Whether the user is looking. In browsers by default: the page is visible and has the focus. Elsewhere always. */
  attention?: Readable<boolean>;
  /** How files are uploaded. By `client.files.upload` by default. */
  uploader?: Uploader;
  /** Defaults: see {@link Limits}. */
  limits?: Partial<Limits>;
  /** For tests. */
  clock?: Clock;
  /** How windows agree who sends what a closed one has left. `navigator.locks` by default; null for none. */
  locks?: Locks | null;
}

/** What of `navigator.locks` is used. */
export interface Locks {
  /** Calls the function while the lock is held, and resolves after it. */
  request(name: string, callback: () => Promise<unknown>): Promise<unknown>;
}

/** Numbers of the core, with their defaults. */
export interface Limits {
  /** How long work goes on without subscribers: 10 s. */
  graceMs: number;
  /** Messages of a window: 500. */
  windowSize: number;
  /** Messages of a page: 50. */
  pageSize: number;
  /** How long a private message, or one to a kept room, is sent again by itself after an attempt whose answer was lost: 6 days. */
  resendMs: number;
  /** The same for rooms whose messages are held for a while: 2 minutes. */
  resendEphemeralMs: number;
}

/** The time, and timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Returns the function that cancels it. */
  setTimer(run: () => void, ms: number): () => void;
}

/** Uploads a file. Rejects with errors as those of the client. */
export type Uploader = (
  file: FileSource,
  options: { target: Target; signal: AbortSignal; onProgress(part: number): void },
) => Promise<{
  /** For `attachments` of the message. */
  id: string;
}>;

/** Stores values that `structuredClone` can copy. Any method may reject: the chat goes on in memory. */
export interface ChatStorage {
  /** All values whose keys begin with this. */
  list(prefix: string): Promise<ReadonlyMap<string, unknown>>;
  /** All or nothing. `undefined` deletes. */
  write(changes: ReadonlyMap<string, unknown>): Promise<void>;
}
