import type { Unsubscribable } from '@trpc/server/observable';
import { onTestFinished } from 'vitest';
import { reasonOf } from '../../src/client/index.ts';
import type { Config } from '../../src/server/core/config.ts';
import { type Mirage, startMirage } from './harness.ts';
import { createWaiting } from './waiting.ts';

/** Any event of any subscription, tracked or not. */
interface Told {
  id?: string | number;
  data?: Told;
  type?: string;
  message?: { text: string };
  reader?: string;
  upTo?: number;
}

/** An event in a word: a message is its text. */
export function wordFor(event: Told): string {
  if (event.data) return wordFor(event.data);
  if (event.message) return event.message.text;
  if (event.type === 'deleted') return `deleted ${event.id}`;
  if (event.type === 'read') return `${event.reader} read ${event.upTo}`;
  return String(event.type);
}

interface Handlers {
  onStarted(): void;
  onData(event: unknown): void;
  onError(error: unknown): void;
  onComplete(): void;
}

/** Subscribes, and keeps what comes. It is unsubscribed when the test has finished, or before. */
export function follow(subscribe: (on: Handlers) => Unsubscribable) {
  const events: unknown[] = [];
  const words: string[] = [];
  const ends: string[] = [];
  let starts = 0;
  const { changed, until } = createWaiting(() => ({ starts, ends, words }));
  const subscription = subscribe({
    onStarted() {
      starts += 1;
      changed();
    },
    onData(event) {
      events.push(event);
      // Where a subscription begins is told at each start, and is of no interest to most tests.
      const word = wordFor(event as Told); // safe: whatever it is, its type names it
      if (word !== 'position') words.push(word);
      changed();
    },
    onError(error) {
      ends.push(reasonOf(error) ?? String(error));
      changed();
    },
    onComplete() {
      ends.push('complete');
      changed();
    },
  });
  onTestFinished(() => subscription.unsubscribe());
  return {
    events,
    words,
    /** The reasons it ended with. */
    ends,
    until: (isSo: () => boolean, patience?: number) => until(isSo, patience),
    /** The server has accepted it. */
    started: () => until(() => starts > 0),
    count: (count: number) => until(() => events.length >= count),
    word: (word: string) => until(() => words.includes(word)),
    ended: () => until(() => ends.length > 0),
    stop: () => subscription.unsubscribe(),
  };
}

export type Following = ReturnType<typeof follow>;

export const transports = ['ws', 'sse'] as const;
export type Transport = (typeof transports)[number];

type User = Awaited<ReturnType<Mirage['user']>>;

export interface Room {
  alice: User;
  bob: User;
  roomId: number;
  /** As alice. */
  say(text: string, room?: number): Promise<{ id: string }>;
}

/** A Mirage with a room that alice has created and bob has joined. */
export async function startRoom(settings: Partial<Config> = {}): Promise<Mirage & Room> {
  const mirage = await startMirage(settings);
  const alice = await mirage.user('alice');
  const bob = await mirage.user('bob');
  const { id: roomId } = await alice.client.chat.createRoom.mutate({ name: 'general' });
  await bob.client.chat.joinRoom.mutate({ name: 'general' });
  const say = (text: string, room = roomId) => alice.client.chat.sendMessage.mutate({ roomId: room, text });
  return { ...mirage, alice, bob, roomId, say };
}
