import type { Clock } from '../server/core/clock.ts';

/** A clock controlled by a test. */
export type FakeClock = Clock & {
  /** Advances by `ms` milliseconds, or goes back if negative. */
  advance(ms: number): void;
};

/** Stands still until advanced. Starts at noon UTC on an arbitrary day by default. */
export function fakeClock(start = Date.UTC(2025, 2, 14, 12)): FakeClock {
  let now = start;
  return Object.assign(() => now, {
    advance(ms: number) {
      now += ms;
    },
  });
}
