/** The time in milliseconds since 1970, for what is stored or shown. */
export type Clock = () => number;

/** Milliseconds since any fixed moment, for ages, timeouts and limits. Unlike a {@link Clock}, nobody can set it. */
export type Stopwatch = () => number;

export interface Clocks {
  /** Never runs backwards: if the system's time is set back, it continues from where it was until the process ends. */
  clock: Clock;
  stopwatch: Stopwatch;
}

/** Tests replace the clock, and with it the stopwatch: that then adds up the steps forward. */
export function createClocks(replacement?: Clock): Clocks {
  const wallTime = replacement ?? Date.now;
  const stopwatch = replacement ? sumOfSteps(replacement) : () => performance.now();
  let last = Number.NEGATIVE_INFINITY;
  let offset = Number.NEGATIVE_INFINITY;
  return {
    clock() {
      const now = wallTime();
      const elapsed = stopwatch();
      offset = Math.max(offset, now - elapsed);
      last = Math.max(last, now, Math.floor(offset + elapsed));
      return last;
    },
    stopwatch,
  };
}

function sumOfSteps(clock: Clock): Stopwatch {
  let last = clock();
  let sum = 0;
  return () => {
    const now = clock();
    sum += Math.max(0, now - last);
    last = now;
    return sum;
  };
}

export const { clock: systemClock }: Clocks = createClocks();
