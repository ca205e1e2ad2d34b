import type { UploadedFile, UploadOptions } from '../../client/index.ts';
import { reasonOf } from '../../client/index.ts';
import { createStore, type Store } from '../store.ts';
import type { openKeptUploads } from './kept-uploads.ts';
import type { FileFacts } from './shown-file.ts';

/** A file that has been chosen for a message. */
export interface Upload {
  key: string;
  name: string;
  /** In bytes. */
  size: number;
  state: 'waiting' | 'sending' | 'done' | 'failed';
  sentBytes: number;
  error?: unknown;
  /** Once it has been uploaded. */
  facts?: FileFacts;
  /** Absent after a reload. */
  file?: File;
}

/** The files chosen for the next message of a conversation. They are uploaded at once, a few at a time. */
export interface Uploads extends Store<readonly Upload[]> {
  /** Returns how many there was no room for in a message. */
  add(files: readonly File[]): number;
  retry(key: string): void;
  /** Ends the upload, and forgets the file. */
  remove(key: string): void;
  /** The files that have been uploaded, which are then no longer here. */
  take(): FileFacts[];
  /** Names of files that a reload has interrupted. They are no longer here when this has been called. */
  takeLost(): string[];
  close(): void;
}

/** As the server allows. */
export const maxFiles = 10;
/** The server takes more at a time from one user, who may have other windows. */
const maxAtOnce = 2;

interface Options {
  upload(file: File, options: UploadOptions): Promise<UploadedFile>;
  kept: ReturnType<typeof openKeptUploads>;
  /** The server takes no files at all. */
  onOff(): void;
}

export function createUploads({ upload, kept, onOff }: Options): Uploads {
  const before = kept.read();
  let lost = before.lost;
  let isClosed = false;
  let count = 0;
  const nextKey = () => {
    count += 1;
    return String(count);
  };
  const store = createStore<readonly Upload[]>(
    before.uploaded.map((facts) => ({
      ...{ key: nextKey(), name: facts.name, size: facts.size },
      ...{ state: 'done' as const, sentBytes: facts.size, facts },
    })),
  );
  const requests = new Map<string, AbortController>();

  function set(uploads: readonly Upload[]): void {
    if (isClosed) return; // what is kept stays for the next login in this window
    store.set(uploads);
    kept.write({
      uploaded: uploads.flatMap(({ facts }) => facts ?? []),
      lost: uploads.flatMap(({ facts, name }) => (facts ? [] : name)),
    });
  }

  const change = (key: string, to: Partial<Upload>) =>
    set(store.get().map((item) => (item.key === key ? { ...item, ...to } : item)));

  async function send({ key, file }: Upload & { file: File }): Promise<void> {
    const request = new AbortController();
    requests.set(key, request);
    change(key, { state: 'sending', sentBytes: 0, error: undefined });
    try {
      const { hasPreview: _, ...facts } = await upload(file, {
        signal: request.signal,
        onProgress: (sentBytes) =>
          store.set(store.get().map((item) => (item.key === key ? { ...item, sentBytes } : item))),
      });
      const { name, size } = facts;
      change(key, { state: 'done', name, size, sentBytes: size, facts });
    } catch (error) {
      change(key, { state: 'failed', error });
      if (reasonOf(error) === 'FILES_OFF') onOff();
    } finally {
      requests.delete(key);
      sendNext();
    }
  }

  function sendNext(): void {
    for (const item of store.get()) {
      if (isClosed || requests.size >= maxAtOnce) return;
      const { file, state } = item;
      if (state === 'waiting' && file) void send({ ...item, file });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    add(files) {
      const room = maxFiles - store.get().length;
      const added = files.slice(0, room).map((file) => ({
        ...{ key: nextKey(), name: file.name, size: file.size, file },
        ...{ state: 'waiting' as const, sentBytes: 0 },
      }));
      set([...store.get(), ...added]);
      sendNext();
      return files.length - added.length;
    },
    retry(key) {
      change(key, { state: 'waiting', error: undefined });
      sendNext();
    },
    remove(key) {
      set(store.get().filter((item) => item.key !== key));
      requests.get(key)?.abort();
    },
    take() {
      const facts = store.get().flatMap(({ facts }) => facts ?? []);
      set(store.get().filter((item) => !item.facts));
      return facts;
    },
    takeLost() {
      const names = lost;
      lost = [];
      set(store.get());
      return names;
    },
    close() {
      isClosed = true;
      for (const request of requests.values()) request.abort();
    },
  };
}
