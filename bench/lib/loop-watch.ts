import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Handlers of a server that tell for how long its event loop has been busy without a break. */
export function loopWatch() {
  // The time between two timers, so it contains the resolution, too.
  const delays = monitorEventLoopDelay({ resolution: 1 });
  return {
    watchLoop() {
      delays.reset();
      delays.enable();
    },
    longestStallMs(): number {
      delays.disable();
      return delays.max / 1e6;
    },
  };
}
