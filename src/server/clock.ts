/** Milliseconds since 1970. Whoever needs the time is handed one, so that a test can set it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
