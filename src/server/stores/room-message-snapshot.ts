import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../logger.ts';
import { compareMessageIds, messageId, roomMessage } from './room-message-store.ts';

/** Rooms with the newest id that each has lost. */
const losses = z.array(z.tuple([z.number().int(), messageId]));

/** What a store of room messages leaves to its successor. */
export const roomMessageSnapshot = z
  .object({
    version: z.literal(1),
    /** The newest id it gave. */
    newest: messageId,
    /** Rooms that are named nowhere below have lost nothing newer than this. */
    lostByOthers: messageId,
    /** Rooms that hold nothing, in the order in which they came to it. */
    silent: losses,
    /** Rooms that hold messages. */
    held: losses,
    /** Oldest first. */
    messages: z.array(roomMessage),
  })
  .refine(({ messages, newest }) => {
    const ids = [...messages.map(({ id }) => id), newest];
    // The last message may well be the newest.
    return ids.every((id, index) => {
      const before = ids[index - 1];
      return before === undefined || compareMessageIds(before, id) < (index === messages.length ? 1 : 0);
    });
  }, 'the ids do not rise');

export type RoomMessageSnapshot = z.output<typeof roomMessageSnapshot>;

/** Replaces the file as a whole or not at all, for its owner's eyes alone. */
export function writeSnapshot(path: string, snapshot: RoomMessageSnapshot): void {
  const unfinished = `${path}.new`;
  const file = openSync(unfinished, 'w', 0o600);
  try {
    fchmodSync(file, 0o600); // it may have been there
    writeFileSync(file, JSON.stringify(snapshot));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/**
 * Takes the snapshot out of the file, so that it is used once: after a crash it would be out of date, and what came
 * later would be missing without a word. A file of no use is kept beside, with a warning.
 */
export function takeSnapshot(path: string, log: Logger): RoomMessageSnapshot | undefined {
  try {
    const snapshot = roomMessageSnapshot.parse(JSON.parse(readFileSync(path, 'utf8')));
    rmSync(path);
    return snapshot;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // safe: all that is called throws Errors
    const keptAs = setAside(path);
    log.warn(
      { err: describe(error), path, keptAs },
      'the snapshot of room messages cannot be read; none are held',
    );
    return undefined;
  }
}

/** Where it is now, unless it cannot be moved. */
function setAside(path: string): string | undefined {
  const aside = `${path}.unread`;
  try {
    renameSync(path, aside);
    return aside;
  } catch {
    return undefined;
  }
}

/** Without what stands in the file, which is nobody's business. */
function describe(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues
      .map(({ path, code }) => `${path.join('.')}: ${code}`)
      .join('; ')
      .slice(0, 500);
  return error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message; // safe: all that is called throws Errors
}
