import { AppError } from '../errors.ts';

interface QueueOptions {
  /** Jobs that may run at one time. */
  running: number;
  /** Jobs that may wait for their turn; beyond that new ones are refused. */
  waiting: number;
  /** What a refused caller is told about when to try again. */
  retryAfterMs: number;
}

export interface BoundedQueue {
  /** Runs the job when it is its turn, and settles as it does. Throws 'TOO_MANY_REQUESTS' when too many are waiting. */
  run<Result>(job: () => Promise<Result>): Promise<Result>;
  /** Jobs that run now, and those that wait. */
  readonly running: number;
  readonly waiting: number;
}

/** First come, first served. */
export function createBoundedQueue(limits: QueueOptions): BoundedQueue {
  const turns: (() => void)[] = [];
  let running = 0;

  /** Whoever is woken takes the place of the one who has left, so that nobody can push in between. */
  async function takeTurn(): Promise<void> {
    if (running < limits.running) {
      running += 1;
      return;
    }
    if (turns.length >= limits.waiting)
      throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs: limits.retryAfterMs });
    await new Promise<void>((resolve) => turns.push(resolve));
  }

  function leave(): void {
    const next = turns.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    async run(job) {
      await takeTurn();
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
      return turns.length;
    },
  };
}
