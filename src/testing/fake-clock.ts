import type { Clock } from '../server/clock.ts';

/** A clock that a test moves. */
export type FakeClock = Clock & {
  /** Moves on by so many milliseconds, or back if negative. */
  advance(ms: number): void;
};

/** Stands still until told otherwise; by default at noon UTC on an ordinary day. */
export function fakeClock(start = Date.UTC(2025, 2, 14, 12)): FakeClock {
  let now = start;
  return Object.assign(() => now, {
    advance(ms: number) {
      now += ms;
    },
  });
}
