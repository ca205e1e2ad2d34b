import type { Database } from 'better-sqlite3';
import { CommandError } from '../failure.ts';

export type Batches = ReturnType<typeof createBatches>;

/** Commits after each batch of rows, so that completed batches survive a crash. */
export function createBatches(
  target: Database,
  { rows, signal, onCommit }: { rows: number; signal: AbortSignal; onCommit(): Promise<void> },
) {
  async function commit(): Promise<void> {
    target.exec('COMMIT');
    await onCommit();
    // Lets signals and status requests of other processes be handled between batches.
    await new Promise(setImmediate);
    if (signal.aborted) throw new CommandError('interrupted; run the same command again to continue');
  }

  return {
    /** Handles the items in order. If `handle` throws, rolls the batch back and rethrows. */
    async each<Item>(items: Iterable<Item>, handle: (item: Item) => void): Promise<void> {
      let count = 0;
      try {
        for (const item of items) {
          if (!target.inTransaction) target.exec('BEGIN IMMEDIATE');
          handle(item);
          count += 1;
          if (count % rows === 0) await commit();
        }
        if (target.inTransaction) await commit();
      } catch (error) {
        if (target.inTransaction) target.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
