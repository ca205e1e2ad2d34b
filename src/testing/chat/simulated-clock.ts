import type { Clock } from '../../client/chat/index.ts';

/** A clock that goes when told to. */
export interface SimulatedClock extends Clock {
  /** Runs what is due within this time, in order. */
  advance(ms: number): void;
  /** The number of timers. */
  readonly pending: number;
}

export function simulatedClock(): SimulatedClock {
  let now = Date.UTC(2025, 2, 14, 12);
  const timers = new Set<{ due: number; run(): void }>();
  return {
    now: () => now,
    setTimer(run, ms) {
      const timer = { due: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
        if (!next) break;
        timers.delete(next);
        now = Math.max(now, next.due);
        next.run();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}
