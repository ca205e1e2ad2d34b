import { AppError } from '../../core/errors.ts';
import { isUnavailable, unavailable } from './unavailable.ts';

interface Waiting<Row, Result> {
  row: Row;
  bytes: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

interface GroupOptions<Row> {
  /** The maximum number of rows per commit. */
  maxRows?: number;
  /** The maximum size of a commit, though at least one row goes into each. */
  maxBytes?: number;
  /** About how much of that a row takes. */
  bytesOf?(row: Row): number;
  /** The maximum number of waiting rows; further ones are rejected. */
  maxWaiting?: number;
  /**
   * For how long after a commit the next one waits at most for those whose rows were just written, in milliseconds, as they
   * often come again at once; and no longer than half of what the last one took. A row that comes later waits for nobody.
   */
  gatherMs?: number;
  /** Whether a write that fails has stored nothing, so that its rows can be written again. */
  isAtomic?: boolean;
}

/**
 * Writes rows in groups: all rows added in one tick, or while a commit is running, go into the next commit, in order.
 * Adding a row resolves after its commit. `write` returns a result per row, or an Error for a row that is rejected. If
 * `write` fails as a whole, the rows are written one by one, so that only the bad one fails, or all are rejected if it is not
 * atomic; but if the database is unavailable, all waiting rows are rejected at once.
 */
export function createGroupCommit<Row, Result>(
  write: (rows: Row[]) => Promise<(Result | Error)[]>,
  {
    maxRows = 500,
    maxBytes = 1024 * 1024,
    bytesOf = () => 0,
    maxWaiting = 20_000,
    gatherMs = 0,
    isAtomic = true,
  }: GroupOptions<Row> = {},
) {
  const waiting: Waiting<Row, Result>[] = [];
  let isRunning = false;
  let idle = Promise.resolve();
  /** The size of the last commit, and until when the next one waits. */
  let last = { rows: 0, waitUntil: 0 };
  /** Called once as many rows are waiting as a commit waits for. */
  let gathered: { rows: number; proceed(): void } | undefined;

  function settle({ resolve, reject }: Waiting<Row, Result>, result: Result | Error): void {
    if (result instanceof Error) reject(result);
    else resolve(result);
  }

  function takeGroup(): Waiting<Row, Result>[] {
    let [count, size] = [0, 0];
    for (const { bytes } of waiting) {
      if (count === maxRows || (count > 0 && size + bytes > maxBytes)) break;
      count += 1;
      size += bytes;
    }
    return waiting.splice(0, count);
  }

  async function commit(group: Waiting<Row, Result>[]): Promise<void> {
    try {
      const results = await write(group.map(({ row }) => row));
      for (const [index, entry] of group.entries()) settle(entry, results[index] as Result | Error); // safe: one per row
    } catch (error) {
      // The group may have been written, so retrying could store it twice; and later groups would fail as well.
      if (isUnavailable(error))
        for (const { reject } of [...group, ...waiting.splice(0)]) reject(unavailable());
      else if (group.length === 1 || !isAtomic) for (const { reject } of group) reject(error);
      else for (const entry of group) await commit([entry]);
    }
  }

  async function gather(): Promise<void> {
    const restMs = last.waitUntil - performance.now();
    const rows = Math.min(maxRows, last.rows + waiting.length);
    if (restMs <= 0 || waiting.length >= rows) return;
    await new Promise<void>((proceed) => {
      const timer = setTimeout(proceed, restMs);
      const proceedNow = () => {
        clearTimeout(timer);
        proceed();
      };
      gathered = { rows, proceed: proceedNow };
    });
    gathered = undefined;
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      // Waits for the end of the tick, so that rows that arrive together are written together, also along with an answer.
      await new Promise(setImmediate);
      if (gatherMs > 0) await gather();
      const group = takeGroup();
      const startedAt = performance.now();
      await commit(group);
      const endedAt = performance.now();
      last = { rows: group.length, waitUntil: endedAt + Math.min(gatherMs, (endedAt - startedAt) / 2) };
    }
    isRunning = false;
  }

  return {
    /** Throws 'TOO_MANY_REQUESTS' if too many rows are waiting. */
    add(row: Row): Promise<Result> {
      if (waiting.length >= maxWaiting)
        return Promise.reject(new AppError('TOO_MANY_REQUESTS', { retryAfterMs: 1000 }));
      const bytes = bytesOf(row);
      const added = new Promise<Result>((resolve, reject) => waiting.push({ row, bytes, resolve, reject }));
      if (gathered && waiting.length >= gathered.rows) gathered.proceed();
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
