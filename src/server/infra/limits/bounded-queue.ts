import { AppError } from '../../core/errors.ts';

interface QueueOptions {
  /** Jobs that may run at one time. */
  running: number;
  /** Jobs that may wait; further ones are refused. */
  waiting: number;
  /** When refused callers are told to retry. */
  retryAfterMs: number;
}

export interface BoundedQueue {
  /**
   * Runs the job in turn and settles with its result. Jobs with the same `line` run in order of arrival, lines take
   * turns. Throws 'TOO_MANY_REQUESTS' if the queue is full, and 'ABORTED' if the signal aborts before the job has begun.
   */
  run<Result>(job: () => Promise<Result>, line?: string, signal?: AbortSignal): Promise<Result>;
  /** Throws 'TOO_MANY_REQUESTS' if a job with this line would be refused now. */
  requireRoom(line: string): void;
  /** Numbers of running and of waiting jobs. */
  readonly running: number;
  readonly waiting: number;
}

interface Waiting {
  start(): void;
  refuse(error: AppError): void;
}

/**
 * A queue with bounded concurrency that serves its lines, such as users, in turn. Once it is full, a new job takes the
 * place of the last one of the longest line, if that is longer than its own: nobody is refused for the jobs of others.
 */
export function createBoundedQueue(limits: QueueOptions): BoundedQueue {
  /** In the order of their turns; none is empty. */
  const lines = new Map<string, Waiting[]>();
  let running = 0;
  let waiting = 0;

  const refusal = () => new AppError('TOO_MANY_REQUESTS', { retryAfterMs: limits.retryAfterMs });

  /** The line whose last job may be refused in favour of one more in `line`. Throws if there is none. */
  function longerThan(line: string): Waiting[] {
    const own = lines.get(line)?.length ?? 0;
    let longest: Waiting[] | undefined;
    for (const other of lines.values()) if (other.length > (longest?.length ?? own + 1)) longest = other;
    if (!longest) throw refusal();
    return longest;
  }

  const isFull = () => running >= limits.running && waiting >= limits.waiting;

  async function takeTurn(line: string, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new AppError('ABORTED');
    if (running < limits.running) {
      running += 1;
      return;
    }
    if (isFull()) longerThan(line).pop()?.refuse(refusal());
    else waiting += 1;
    let abort = () => {};
    await new Promise<void>((resolve, reject) => {
      const entry: Waiting = { start: resolve, refuse: reject };
      const others = lines.get(line);
      if (others) others.push(entry);
      else lines.set(line, [entry]);
      abort = () => remove(line, entry);
      signal?.addEventListener('abort', abort);
    }).finally(() => signal?.removeEventListener('abort', abort));
  }

  /** Does nothing if the entry no longer waits. */
  function remove(line: string, entry: Waiting): void {
    const others = lines.get(line) ?? [];
    const index = others.indexOf(entry);
    if (index < 0) return;
    others.splice(index, 1);
    if (others.length === 0) lines.delete(line);
    waiting -= 1;
    entry.refuse(new AppError('ABORTED'));
  }

  /** The next job takes over the slot of the finished one, so that no newcomer can overtake it. */
  function leave(): void {
    const [next] = lines;
    if (next === undefined) {
      running -= 1;
      return;
    }
    const [line, [first, ...others]] = next;
    lines.delete(line);
    if (others.length > 0) lines.set(line, others); // after all other lines
    waiting -= 1;
    first?.start();
  }

  return {
    requireRoom(line) {
      if (isFull()) longerThan(line);
    },

    async run(job, line = '', signal) {
      await takeTurn(line, signal);
      try {
        return await job();
      } finally {
        leave();
      }
    },

    get running() {
      return running;
    },

    get waiting() {
      return waiting;
    },
  };
}
