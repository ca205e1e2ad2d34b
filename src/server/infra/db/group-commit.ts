import { AppError } from '../../core/errors.ts';
import { isUnavailable, unavailable } from './unavailable.ts';

interface Waiting<Row, Result> {
  row: Row;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

interface GroupOptions {
  /** The maximum number of rows per commit. */
  maxRows: number;
  /** The maximum number of waiting rows; further ones are rejected. */
  maxWaiting: number;
}

/**
 * Writes rows in groups: all rows added in one tick, or while a commit is running, go into the next commit, in order.
 * Adding a row resolves after its commit. `write` returns a result per row, or an Error for a row that is rejected. If
 * `write` fails as a whole, the rows are written one by one, so that only the bad one fails; but if the database is
 * unavailable, all waiting rows are rejected at once.
 */
export function createGroupCommit<Row, Result>(
  write: (rows: Row[]) => Promise<(Result | Error)[]>,
  { maxRows, maxWaiting }: GroupOptions = { maxRows: 500, maxWaiting: 20_000 },
) {
  const waiting: Waiting<Row, Result>[] = [];
  let isRunning = false;
  let idle = Promise.resolve();

  function settle({ resolve, reject }: Waiting<Row, Result>, result: Result | Error): void {
    if (result instanceof Error) reject(result);
    else resolve(result);
  }

  async function commit(group: Waiting<Row, Result>[]): Promise<void> {
    try {
      const results = await write(group.map(({ row }) => row));
      for (const [index, entry] of group.entries()) settle(entry, results[index] as Result | Error); // safe: one per row
    } catch (error) {
      // The group may have been written, so retrying could store it twice; and later groups would fail as well.
      if (isUnavailable(error))
        for (const { reject } of [...group, ...waiting.splice(0)]) reject(unavailable());
      else if (group.length === 1) group[0]?.reject(error);
      else for (const entry of group) await commit([entry]);
    }
  }

  async function run(): Promise<void> {
    // Waits for the end of the tick, so that rows that arrive together are written together.
    await new Promise(setImmediate);
    while (waiting.length > 0) await commit(waiting.splice(0, maxRows));
    isRunning = false;
  }

  return {
    /** Throws 'TOO_MANY_REQUESTS' if too many rows are waiting. */
    add(row: Row): Promise<Result> {
      if (waiting.length >= maxWaiting)
        return Promise.reject(new AppError('TOO_MANY_REQUESTS', { retryAfterMs: 1000 }));
      const added = new Promise<Result>((resolve, reject) => waiting.push({ row, resolve, reject }));
      if (!isRunning) {
        isRunning = true;
        idle = run();
      }
      return added;
    },

    /** Resolves once all added rows have been written. */
    flushed: (): Promise<void> => idle,

    /** The number of rows waiting for the next commit. */
    get waiting() {
      return waiting.length;
    },
  };
}
