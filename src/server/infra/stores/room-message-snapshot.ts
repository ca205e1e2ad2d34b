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
import type { Logger } from '../../core/logger.ts';
import { compareMessageIds, messageId, roomMessage } from './room-message-store.ts';

/** Rooms, each with the newest id that it has lost. */
const losses = z.array(z.tuple([z.number().int(), messageId]));

const ofMessage = z.object({ roomId: z.number().int(), id: messageId, messageId });

/** A change of a message that is among the messages, or a deletion. */
const change = z.discriminatedUnion('kind', [
  /** With the hash of what was sent, if its sender has named it. */
  ofMessage.extend({ kind: z.literal('edited'), sentHash: z.string().exactOptional() }),
  ofMessage.extend({ kind: z.literal('reaction') }),
  ofMessage.extend({
    kind: z.literal('deleted'),
    deletedMs: z.number(),
    username: z.string(),
    clientId: z.string().exactOptional(),
  }),
]);

export type SnapshotChange = z.output<typeof change>;

/** The state of a store of room messages, for another one to continue from. */
export const roomMessageSnapshot = z
  .object({
    version: z.literal(1),
    /** The highest id given. */
    newest: messageId,
    /** Rooms that are not listed below have lost nothing newer than this. */
    lostByOthers: messageId,
    /** Up to here, any room may have lost messages that it is not known to have had. */
    doubt: messageId.optional(),
    /** Rooms without messages, in the order of their losses. */
    silent: losses,
    /** Rooms with messages. */
    held: losses,
    /** Oldest first. */
    messages: z.array(roomMessage),
    /** In the order of their ids, for each room. Absent in files of Mirage 0.1. */
    changes: z.array(change).optional(),
  })
  .refine(({ messages, newest }) => {
    const ids = [...messages.map(({ id }) => id), newest];
    // The last message may have the highest id.
    return ids.every((id, index) => {
      const before = ids[index - 1];
      return before === undefined || compareMessageIds(before, id) < (index === messages.length ? 1 : 0);
    });
  }, 'the ids do not increase');

export type RoomMessageSnapshot = z.output<typeof roomMessageSnapshot>;

/** What a snapshot file contains besides the state. */
const fileFacts = z.object({
  /** The shutdown at which it was written, as recorded in the database. Absent in files of Mirage 0.1. */
  run: z.string().optional(),
  /** When each of the rooms was created, in milliseconds since 1970: another room can have the same id. */
  rooms: z.array(z.tuple([z.number().int(), z.number()])).optional(),
});

export type SnapshotFile = z.output<typeof fileFacts> & { snapshot: RoomMessageSnapshot };

/** Replaces the file atomically. Only its owner can read it. */
export function writeSnapshot(path: string, { snapshot, ...facts }: SnapshotFile): void {
  const unfinished = `${path}.new`;
  const file = openSync(unfinished, 'w', 0o600);
  try {
    fchmodSync(file, 0o600); // the file may already exist
    writeFileSync(file, JSON.stringify({ ...snapshot, ...facts }));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Reads the file, which stays in place. An unreadable file is renamed, with a warning. */
export function readSnapshot(path: string, log: Logger): SnapshotFile | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return { snapshot: roomMessageSnapshot.parse(content), ...fileFacts.parse(content) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // safe: the functions called throw Errors
    const keptAs = setAside(path);
    log.warn(
      { err: describe(error), path, keptAs },
      'the snapshot of room messages is unreadable; starting without it',
    );
    return undefined;
  }
}

export const removeSnapshot = (path: string): void => rmSync(path, { force: true });

/** Returns the new name, or undefined if the file cannot be renamed. */
function setAside(path: string): string | undefined {
  const aside = `${path}.unread`;
  try {
    renameSync(path, aside);
    return aside;
  } catch {
    return undefined;
  }
}

/** Without the content of the file, which is private. */
function describe(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues
      .map(({ path, code }) => `${path.join('.')}: ${code}`)
      .join('; ')
      .slice(0, 500);
  return error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message; // safe: the functions called throw Errors
}
