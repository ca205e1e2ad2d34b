import type { FileSource } from '../files/source.ts';
import { type Core, createId, delayMs, errorOf, mayRetry } from './core.ts';
import { keyOf, type Sent, type Source } from './source.ts';
import type { Store } from './store.ts';
import type { Delivered } from './strip.ts';
import type {
  Attachment,
  ChatError,
  Limits,
  Locks,
  NewMessage,
  OutgoingSummary,
  Target,
  UploadedAttachment,
  Uploader,
} from './types.ts';

/** An undelivered message. Replaced at each change. */
export interface Entry {
  readonly clientId: string;
  readonly target: Target;
  readonly text: string;
  readonly replyTo: string | undefined;
  readonly attachments: readonly Attachment[];
  readonly createdAt: number;
  readonly status: 'queued' | 'sending' | 'failed';
  readonly isStored: boolean;
  readonly error: ChatError | null;
}

/** What is stored of it. */
interface Stored {
  target: Target;
  text: string;
  replyTo: string | undefined;
  createdAt: number;
  /** The window that sends it. */
  owner: string;
  /** When it was first sent, since when the server may have it. */
  triedAt: number | undefined;
  /** The files that are uploaded, and how many there are to be. */
  files: readonly Uploaded[];
  fileCount: number;
}

/** Of those that an uploader has uploaded, only the id is known for certain. */
type Uploaded = Partial<UploadedAttachment> & { id: string };

interface Item extends Stored {
  clientId: string;
  entry: Entry;
  sources: readonly FileSource[];
  settle(result: Settled): void;
  abort: AbortController | undefined;
}

type Settled = { sent: Delivered | null } | { error: ChatError } | { discarded: true };

export interface Outbox {
  /** Undelivered messages to a target, in the order of writing. */
  of(target: Target): readonly Entry[];
  all(): readonly OutgoingSummary[];
  send(target: Target, message: NewMessage): { key: string; settled: Promise<Settled> };
  retry(key: string): void;
  discard(key: string): void;
  /** The message has been seen among those that are delivered. */
  delivered(message: Delivered): void;
  /** The user is known: what is stored is read, and sending begins. */
  begin(): void;
  close(): void;
}

interface Options {
  source(target: Target): Source;
  isEphemeral(target: Target): boolean;
  uploader: Uploader;
  limits: Limits;
  locks: Locks | null;
  /** Names what windows agree about. */
  scope: string;
  /** Called synchronously, so that a message is never neither sent nor delivered. */
  onSent(target: Target, sent: Sent): void;
  onChange(target: Target): void;
}

/** Conversations in which messages are being sent at a time. */
const maxParallel = 4;

/** After these nothing more can be sent there. */
const accessReasons: (string | null)[] = ['NOT_A_MEMBER', 'ROOM_NOT_FOUND'];

const sizeOf = (file: FileSource): number =>
  file instanceof Blob ? file.size : 'byteLength' in file ? file.byteLength : -1;

/** Messages on their way to the server, which outlive the page. */
export function createOutbox(core: Core, stored: () => Store | undefined, options: Options): Outbox {
  const items = new Map<string, Item>();
  /** By target: what ends the wait for the next attempt. */
  const waiting = new Map<string, () => void>();
  const busy = new Set<string>();
  const blocked = new Set<string>();
  const failures = new Map<string, number>();
  const owner = createId();
  const lockOf = (name: string) => `${options.scope} ${name}`;
  let close = () => {};
  let isClosed = false;
  let hasBegun = false;

  function change(item: Item, fields: Partial<Entry>): void {
    item.entry = { ...item.entry, ...fields };
    options.onChange(item.target);
  }

  function save(item: Item): Promise<boolean> {
    const { target, text, replyTo, createdAt, triedAt, files, fileCount } = item;
    const value: Stored = { target, text, replyTo, createdAt, owner, triedAt, files, fileCount };
    return stored()?.write({ [`outbox/${item.clientId}`]: value }) ?? Promise.resolve(false);
  }

  function add(clientId: string, fields: Stored, sources: readonly FileSource[]): Promise<Settled> {
    const uploaded = fields.files.map((file): Attachment => {
      return { name: '', size: -1, ...file, progress: null, url: null };
    });
    const chosen = sources.map((file): Attachment => {
      const hasUrl = file instanceof Blob && typeof URL.createObjectURL === 'function';
      const type = file instanceof Blob ? file.type : '';
      return {
        name: 'name' in file ? String(file.name) : '',
        size: sizeOf(file),
        ...(type !== '' && { mediaType: type }),
        progress: 0,
        url: hasUrl ? URL.createObjectURL(file) : null,
      };
    });
    const attachments = [...uploaded, ...chosen];
    const { target, text, replyTo, createdAt } = fields;
    const shown = { target, text, replyTo, createdAt, attachments, error: null };
    const entry: Entry = { clientId, ...shown, status: 'queued', isStored: false };
    return new Promise((settle) => {
      items.set(clientId, { ...fields, clientId, sources, settle, entry, abort: undefined });
    });
  }

  function release({ entry }: Item): void {
    for (const { url } of entry.attachments) if (url !== null) URL.revokeObjectURL(url);
  }

  function remove(item: Item, result: Settled): void {
    if (!items.delete(item.clientId)) return;
    if ('discarded' in result) item.abort?.abort();
    release(item);
    void stored()?.write({ [`outbox/${item.clientId}`]: undefined });
    item.settle(result);
    options.onChange(item.target);
  }

  function fail(item: Item, error: ChatError): void {
    if (!items.has(item.clientId)) return;
    change(item, { status: 'failed', error });
    item.settle({ error });
  }

  /** Whether the server may no longer recognize the message, and would take it for another one. */
  function isForgotten({ triedAt, target }: Item): boolean {
    const { resendMs, resendEphemeralMs } = options.limits;
    const limit = options.isEphemeral(target) ? resendEphemeralMs : resendMs;
    return triedAt !== undefined && core.clock.now() - triedAt > limit;
  }

  async function upload(item: Item): Promise<void> {
    for (let index = item.files.length; index < item.fileCount; index += 1) {
      const file = item.sources[index - item.fileCount + item.sources.length];
      if (!file) throw new Error('the file is gone with the page that it was chosen in');
      const report = (progress: number | null) =>
        change(item, {
          attachments: item.entry.attachments.map((attachment, at) =>
            at === index ? { ...attachment, progress } : attachment,
          ),
        });
      item.abort = new AbortController();
      const { target } = item;
      const uploaded = await core.call(
        () =>
          options.uploader(file, { target, signal: item.abort?.signal as AbortSignal, onProgress: report }), // safe: just made
      );
      item.files = [...item.files, uploaded];
      report(null);
      await save(item);
    }
  }

  /** Resolves to the delay before the next attempt, or undefined where the next message can be sent. */
  async function attempt(item: Item): Promise<number | undefined> {
    const key = keyOf(item.target);
    const isRepeat = item.triedAt !== undefined;
    try {
      await upload(item);
      if (!items.has(item.clientId)) return undefined;
      item.triedAt ??= core.clock.now();
      await save(item);
      const { clientId, text, replyTo, files } = item;
      const draft = {
        clientId,
        text,
        ...(replyTo !== undefined && { replyTo }),
        ...(files.length > 0 && { attachments: files.map(({ id }) => id) }),
      };
      item.abort = new AbortController();
      const sent = await options.source(item.target).send(draft, item.abort.signal);
      failures.delete(key);
      if (sent && items.has(clientId)) options.onSent(item.target, sent);
      remove(item, { sent: sent?.message ?? null });
      return undefined;
    } catch (cause) {
      if (core.isEnded) return undefined; // it stays as it is stored
      const error = errorOf(cause);
      // A message that has been deleted since is not there to be sent again. It may also be the one that it replies to.
      if (isRepeat && error.reason === 'MESSAGE_NOT_FOUND' && item.replyTo === undefined)
        remove(item, { sent: null });
      if (!items.has(item.clientId)) return undefined;
      if (mayRetry(error) && !isForgotten(item)) {
        const count = failures.get(key) ?? 0;
        failures.set(key, count + 1);
        change(item, { status: 'queued', error });
        return delayMs(count, error);
      }
      if (accessReasons.includes(error.reason)) blocked.add(key);
      fail(item, error);
      return undefined;
    }
  }

  const next = (key: string) =>
    [...items.values()].find(({ target, entry }) => keyOf(target) === key && entry.status !== 'failed');

  /** Sends what there is for a target, one message after the other. */
  async function run(key: string): Promise<void> {
    busy.add(key);
    for (let item = next(key); item && !isClosed && !core.isEnded && !blocked.has(key); item = next(key)) {
      if (isForgotten(item)) {
        fail(item, {
          reason: null,
          canRetry: true,
          retryAfterMs: null,
          cause: new Error('it may have been sent'),
        });
        continue;
      }
      change(item, { status: 'sending' });
      const delay = await attempt(item);
      if (delay === undefined) continue;
      await new Promise<void>((resolve) => {
        const cancel = core.timer(resolve, delay);
        waiting.set(key, () => {
          cancel();
          resolve();
        });
      });
      waiting.delete(key);
    }
    busy.delete(key);
    start();
  }

  function start(): void {
    if (!hasBegun || isClosed || core.isEnded) return;
    for (const { target, entry } of items.values()) {
      const key = keyOf(target);
      if (busy.size >= maxParallel) return;
      if (entry.status !== 'failed' && !busy.has(key) && !blocked.has(key)) void run(key);
    }
  }

  const wake = () => {
    for (const go of [...waiting.values()]) go();
  };

  /** Takes over what a window has left that is no longer there. */
  async function adopt(isOrphan: (owner: string) => boolean): Promise<void> {
    const found = (await stored()?.list('outbox/')) ?? new Map<string, unknown>();
    const entries = [...found] as [string, Stored][]; // safe: as they were stored
    const sorted = entries.sort(([, a], [, b]) => a.createdAt - b.createdAt);
    for (const [clientId, fields] of sorted) {
      if (items.has(clientId) || !isOrphan(fields.owner)) continue;
      void add(clientId, fields, []);
      const item = items.get(clientId);
      if (item) change(item, { isStored: await save(item) });
    }
    start();
  }

  /** A window holds the lock of its name as long as it is there. */
  async function open(locks: Locks | null): Promise<void> {
    const store = stored();
    if (!store) return;
    if (!locks) return adopt(() => true);
    const done = new Promise<void>((resolve) => {
      close = resolve;
    });
    void locks.request(lockOf(owner), () => done).catch(() => {});
    const found = (await store.list('outbox/')) as ReadonlyMap<string, Stored>; // safe: as they were stored
    for (const other of new Set([...found.values()].map((fields) => fields.owner)))
      if (other !== owner)
        void locks.request(lockOf(other), () =>
          isClosed ? Promise.resolve() : adopt((name) => name === other),
        );
  }

  core.onOpen(wake);
  // Where cookies tell who the user is, a request that is sent later would be the next user's.
  core.onEnd(() => {
    for (const item of items.values()) item.abort?.abort();
  });

  return {
    of: (target) => {
      const key = keyOf(target);
      return [...items.values()].filter((item) => keyOf(item.target) === key).map(({ entry }) => entry);
    },

    all: () =>
      [...items.values()].map(
        ({ entry: { clientId, target, text, attachments, status, isStored, error } }) => {
          return { key: clientId, target, text, attachments, status, isStored, error };
        },
      ),

    send(target, { text, replyTo, attachments = [], files = [] }) {
      const clientId = createId();
      blocked.delete(keyOf(target));
      const createdAt = core.clock.now();
      const fields: Stored = {
        target,
        text,
        replyTo,
        createdAt,
        owner,
        triedAt: undefined,
        files: attachments,
        fileCount: attachments.length + files.length,
      };
      const settled = add(clientId, fields, files);
      const item = items.get(clientId);
      options.onChange(target);
      // Stored before it leaves.
      if (item)
        void save(item).then((isStored) => {
          if (items.has(clientId)) change(item, { isStored });
          start();
        });
      return { key: clientId, settled };
    },

    retry(key) {
      const item = items.get(key);
      if (item?.entry.status !== 'failed') return;
      item.triedAt = undefined; // the user has decided
      blocked.delete(keyOf(item.target));
      const { reason } = item.entry.error ?? {};
      if (reason === 'MESSAGE_NOT_FOUND') item.replyTo = undefined;
      const areFilesGone = reason === 'FILE_NOT_FOUND' && item.text !== '';
      if (areFilesGone) {
        release(item);
        Object.assign(item, { files: [], sources: [], fileCount: 0 });
      }
      const { replyTo } = item;
      change(item, { status: 'queued', error: null, replyTo, ...(areFilesGone && { attachments: [] }) });
      start();
    },

    discard(key) {
      const item = items.get(key);
      if (item) remove(item, { discarded: true });
    },

    delivered(message) {
      const item = message.clientId === undefined ? undefined : items.get(message.clientId);
      if (item) remove(item, { sent: message });
    },

    begin() {
      hasBegun = true;
      const release = core.hold();
      void open(options.locks).finally(release);
      for (const item of items.values())
        void save(item).then((isStored) => {
          if (items.has(item.clientId)) change(item, { isStored });
          start();
        });
    },

    close() {
      isClosed = true;
      wake();
      close();
    },
  };
}
