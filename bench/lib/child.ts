/** Inside a process of the benchmark: answers calls of the process that started it. */
import { readFileSync } from 'node:fs';

interface Call {
  id: number;
  name: string;
  argument: never;
}

export interface Usage {
  /** CPU time of the process so far, in microseconds, user and system, all threads. */
  cpuUs: number;
  /** Of the main thread alone, where the system tells; elsewhere the same. */
  mainThreadUs: number;
  rssBytes: number;
  peakRssBytes: number;
}

export type Handlers = Record<string, (argument: never) => unknown>;

const common: Handlers = {
  usage(): Usage {
    const { user, system } = process.cpuUsage();
    const { rss } = process.memoryUsage();
    const cpuUs = user + system;
    const mainThreadUs = threadUs() ?? cpuUs;
    return { cpuUs, mainThreadUs, rssBytes: rss, peakRssBytes: process.resourceUsage().maxRSS * 1024 };
  },

  /** Only if Node was started with --expose-gc. */
  async collectGarbage() {
    for (let turn = 0; turn < 3; turn += 1) {
      await globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },
};

/** CPU time of this thread, in microseconds, on Linux. */
function threadUs(): number | undefined {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1000;
  } catch {
    return undefined;
  }
}

/** Reports that this process is ready, with data for its parent, and answers calls until the parent disconnects. */
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
  // The parent stopped this process or died; either way it is no longer needed.
  process.on('disconnect', () => process.exit());
  process.send?.({ ready });
}

/** The options that the parent passed to this process. */
export function options<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T; // safe: the scenario that starts the server knows its options
}
