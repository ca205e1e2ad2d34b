import type { Database } from 'better-sqlite3';
import { CommandError } from '../failure.ts';

export type Batches = ReturnType<typeof createBatches>;

/** One transaction for so many rows. What is committed stays, whatever happens to the process afterwards. */
export function createBatches(
  target: Database,
  { rows, signal, onCommit }: { rows: number; signal: AbortSignal; onCommit(): Promise<void> },
) {
  async function commit(): Promise<void> {
    target.exec('COMMIT');
    await onCommit();
    // Signals, and those who ask who has the database, get their turn.
    await new Promise(setImmediate);
    if (signal.aborted) throw new CommandError('stopped; run the same command again to go on from here');
  }

  return {
    /** Deals with each item, in the order they come. Throws what `handle` throws, with the batch undone. */
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
