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
   * turns. Throws 'TOO_MANY_REQUESTS' if the queue is full.
   */
  run<Result>(job: () => Promise<Result>, line?: string): Promise<Result>;
  /** Numbers of running and of waiting jobs. */
  readonly running: number;
  readonly waiting: number;
}

interface Waiting {
  start(): void;
  refuse(): void;
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

  /** Throws if no waiting job may be refused in favour of one more in a line of this length. */
  function makeRoom(length: number): void {
    const [longest] = [...lines].sort(([, a], [, b]) => b.length - a.length);
    if (longest === undefined || longest[1].length <= length + 1) throw refusal();
    longest[1].pop()?.refuse();
    waiting -= 1;
  }

  async function takeTurn(line: string): Promise<void> {
    if (running < limits.running) {
      running += 1;
      return;
    }
    if (waiting >= limits.waiting) makeRoom(lines.get(line)?.length ?? 0);
    waiting += 1;
    await new Promise<void>((resolve, reject) => {
      const entry = { start: resolve, refuse: () => reject(refusal()) };
      const others = lines.get(line);
      if (others) others.push(entry);
      else lines.set(line, [entry]);
    });
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
    async run(job, line = '') {
      await takeTurn(line);
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
