const firstMs = 500;
const longestMs = 30_000;
/** Before a call is repeated whose answer was lost: six attempts take between four and eight seconds. */
const firstRepeatMs = 250;

/**
 * The delay before an attempt with this index, from 0: it doubles with each attempt, and is shortened at random by up to
 * half, so that clients do not all reconnect to a restarted server at the same moment.
 */
export const backoffMs = (attempt: number): number => delayMs(firstMs, attempt);

/** The same for calls whose answer was lost, for which somebody waits. */
export const lostAnswerMs = (attempt: number): number => delayMs(firstRepeatMs, attempt);

const delayMs = (first: number, attempt: number): number =>
  Math.min(longestMs, first * 2 ** attempt) * (0.5 + Math.random() / 2);
