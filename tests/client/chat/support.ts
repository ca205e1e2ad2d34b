import { expect, onTestFinished, vi } from 'vitest';
import {
  type Chat,
  type ChatOptions,
  createChat,
  type Locks,
  type Message,
  type Readable,
} from '../../../src/client/chat/index.ts';
import { createMirageClient } from '../../../src/client/index.ts';

/** The chat of one user, closed when the test has finished. */
export function openChat(
  url: string,
  user: { username: string; token: string },
  options: Partial<ChatOptions> = {},
): Chat {
  const client = options.client ?? createMirageClient({ url, token: user.token });
  const chat = createChat({ client, username: user.username, ...options });
  onTestFinished(async () => {
    await chat.close();
    client.connection.close();
  });
  return chat;
}

/** Keeps it going until the test has finished. */
export function watch<R extends Pick<Readable<unknown>, 'subscribe'>>(readable: R): R {
  onTestFinished(readable.subscribe(() => {}));
  return readable;
}

/** Resolves with the first value that is as wanted. */
export function until<T>(readable: Readable<T>, isWanted: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    const look = () => {
      const value = readable.getSnapshot();
      if (!isWanted(value)) return;
      queueMicrotask(() => stop());
      resolve(value);
    };
    const stop = readable.subscribe(look);
    look();
  });
}

/** What a window shows, a message as `author: text` and its state unless it is delivered. */
export function shown({ items }: { items: readonly unknown[] }): string[] {
  return (items as readonly (Message | { kind: 'gap'; state: string })[]).map((item) => {
    if (item.kind === 'gap') return `gap ${item.state}`;
    if (item.kind === 'system') return `${item.event} ${item.author}`;
    const state = item.status === 'sent' || item.status === 'read' ? '' : ` (${item.status})`;
    return `${item.author}: ${item.text}${state}`;
  });
}

export const shows = (texts: readonly string[]) => (snapshot: { items: readonly unknown[] }) =>
  JSON.stringify(shown(snapshot)) === JSON.stringify(texts);

/** As `until`, with a message that tells what is shown instead. */
export async function untilShown(
  readable: Readable<{ items: readonly unknown[] }>,
  texts: readonly string[],
): Promise<void> {
  watch(readable);
  await vi.waitFor(() => expect(shown(readable.getSnapshot())).toEqual(texts), {
    timeout: 10_000,
    interval: 10,
  });
}

/** As `navigator.locks`, for windows of one test. */
export function createLocks(): Locks {
  const queues = new Map<string, Promise<unknown>>();
  return {
    request(name, callback) {
      const next = (queues.get(name) ?? Promise.resolve()).then(callback);
      queues.set(name, next);
      return next;
    },
  };
}
