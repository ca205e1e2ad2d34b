/** One process of the benchmark, seen from within: it answers calls of the process that started it. */

interface Call {
  id: number;
  name: string;
  argument: never;
}

export interface Usage {
  /** CPU time of the whole process so far, in microseconds: its own threads and the kernel's work for it. */
  cpuUs: number;
  rssBytes: number;
  peakRssBytes: number;
}

export type Handlers = Record<string, (argument: never) => unknown>;

const common: Handlers = {
  usage(): Usage {
    const { user, system } = process.cpuUsage();
    const { rss } = process.memoryUsage();
    return { cpuUs: user + system, rssBytes: rss, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
  },

  /** Where Node was started with --expose-gc. */
  async collectGarbage() {
    for (let turn = 0; turn < 3; turn += 1) {
      await globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
};

/** Says that this process is ready, with what its starter needs to know, and answers calls until that one is gone. */
export function serve(handlers: Handlers, ready: object = {}): void {
  const all: Handlers = { ...common, ...handlers };

  process.on('message', async ({ id, name, argument }: Call) => {
    try {
      const result = await all[name]?.(argument);
      process.send?.({ id, result });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.stack : String(error) });
    }
  });
  // By a stop or by the death of the starter: either way nobody needs this process any more.
  process.on('disconnect', () => process.exit());
  process.send?.({ ready });
}

/** What the starter has given this process. */
export function options<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T; // safe: the rung that starts the server knows what it takes
}
