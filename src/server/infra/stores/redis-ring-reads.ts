import { createGroupCommit } from '../db/group-commit.ts';
import { type ChangeRow, type Row, toChange, toMessage } from './redis-ring-rows.ts';
import type { Missed } from './room-message-store.ts';

/** A look at one room, as the script takes it. */
export interface RingRead {
  roomId: number;
  /** Empty to begin with the oldest. */
  after: string;
  /** -1 for all. */
  limit: number;
  /** `resume` also gives changes, and tells of gaps. */
  mode: 'list' | 'resume';
  /** Of the room's id. */
  owner: string;
}

type Answer = [gap: 0 | 1, rows: Row[], changes: ChangeRow[]];

/** Redis serves nobody else while it reads a group; the script stops once it has found enough. */
const maxRows = 100;

/** Reads what is asked for together, or while something is being read, by one call of the script. */
export function createRingReads(
  run: (...args: (string | number)[]) => Promise<unknown>,
  onHeld: (messages: number) => void,
) {
  const group = createGroupCommit<RingRead, Missed | undefined>(
    async (reads) => {
      const args = reads.flatMap(({ roomId, after, limit, mode, owner }) => [
        roomId,
        after,
        limit,
        mode,
        owner,
      ]);
      const [held, newestId, answers] = (await run(...args)) as [number, string, Answer[]]; // safe: this is what the script returns
      onHeld(held);
      return reads.map((_, index) => {
        const answer = answers[index];
        if (!answer) return undefined;
        const [gap, rows, changes] = answer;
        return { messages: rows.map(toMessage), changes: changes.map(toChange), gap: gap === 1, newestId };
      });
    },
    { maxRows },
  );

  return async (read: RingRead): Promise<Missed> => {
    // The first of a group is always read.
    for (;;) {
      const missed = await group.add(read);
      if (missed) return missed;
    }
  };
}
