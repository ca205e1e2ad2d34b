import { AppError } from '../errors.ts';
import { isUnavailable, unavailable } from './unavailable.ts';

interface Waiting<Row, Result> {
  row: Row;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

interface GroupOptions {
  /** Rows that go into one commit. */
  maxRows: number;
  /** Rows that may wait; beyond that new ones are refused. */
  maxWaiting: number;
}

/**
 * Writes rows in groups: all that arrive in one tick, or while a commit is running, go into the next one, in the order
 * of their arrival. Whoever adds a row is answered after the commit that holds it. `write` gives a result for each row,
 * an Error for one that is refused. Should it fail as a whole, the rows are written one by one, so that a bad one fails
 * alone; but if the database is away, all who wait are refused at once.
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
      for (const [index, entry] of group.entries()) settle(entry, results[index] as Result | Error); // safe: one for each
    } catch (error) {
      // Whether it was written after all is not known: writing it again might store it twice. And as the next groups
      // would fare no better, nobody has to wait for them.
      if (isUnavailable(error))
        for (const { reject } of [...group, ...waiting.splice(0)]) reject(unavailable());
      else if (group.length === 1) group[0]?.reject(error);
      else for (const entry of group) await commit([entry]);
    }
  }

  async function run(): Promise<void> {
    // Until the end of this tick, so that what arrived together is written together.
    await new Promise(setImmediate);
    while (waiting.length > 0) await commit(waiting.splice(0, maxRows));
    isRunning = false;
  }

  return {
    /** Throws 'TOO_MANY_REQUESTS' when too many are waiting. */
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

    /** Resolves when all that was added has been written. */
    flushed: (): Promise<void> => idle,

    /** Rows that wait for the next commit. */
    get waiting() {
      return waiting.length;
    },
  };
}
