import { createGroupCommit } from '../db/group-commit.ts';
import type { Row } from './redis-ring-rows.ts';

/** A message for the ring, as the script takes it. */
export interface NewEntry {
  roomId: number;
  username: string;
  text: string;
  /** By the clock, in milliseconds since 1970. */
  createdMs: number;
  /** Of the room's id. */
  owner: string;
  /** What not every message has; empty where this one has none. */
  named?: {
    clientId: string;
    replyTo: string;
    preview: string;
    mentions: string;
    event: string;
    files: string;
  };
}

/** The id of a message that was stored, 'missing', or the entry that has its name already. */
export type Appended = string | Row;

/** Redis serves nobody else while it stores a group. */
const maxRows = 200;
const maxBytes = 256 * 1024;

/** What a script is told of an entry besides its texts. */
const fixedBytes = 100;

/**
 * Appends messages in groups: those that arrive together, or while a group is on its way, go to Redis as one call of the script,
 * which also signals their rooms. If the answer is lost it is unknown what was stored, so that no message is sent twice.
 */
export function createRingAppends(
  run: (...args: (string | number)[]) => Promise<unknown>,
  onHeld: (messages: number) => void,
) {
  const group = createGroupCommit<NewEntry, Appended>(
    async (entries) => {
      const [held, appended] = (await run(...entries.flatMap(argumentsOf))) as [number, Appended[]]; // safe: this is what the script returns
      onHeld(held);
      return appended;
    },
    { maxRows, maxBytes, bytesOf, isAtomic: false },
  );
  return group.add;
}

function argumentsOf({ roomId, username, text, createdMs, owner, named }: NewEntry): (string | number)[] {
  if (!named) return [roomId, username, text, createdMs, owner, ''];
  const { clientId, replyTo, preview, mentions, event, files } = named;
  return [
    ...[roomId, username, text, createdMs, owner, 'named'],
    ...[clientId, replyTo, preview, mentions, event, files],
  ];
}

const bytesOf = ({ text, named }: NewEntry): number =>
  fixedBytes +
  Buffer.byteLength(text) +
  (named ? named.preview.length + named.mentions.length + named.files.length : 0);
