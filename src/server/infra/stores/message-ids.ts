import type { Clock } from '../../core/clock.ts';
import { compareMessageIds, noMessageId } from './room-message-store.ts';

/** Stores durably that ids up to `untilMs` may be given from now on. */
export type ReserveIds = (untilMs: number) => Promise<void>;

/** How far ahead ids are reserved, so that the database is rarely written. */
const reservationMs = 10 * 60_000;
/** How long to wait before reserving again in the background after an attempt. */
const retryMs = 30_000;

/**
 * Generates `<ms>-<seq>` ids that increase with every message, across restarts and whatever the clock does: each run
 * starts above `previous`, the highest id of the runs before it, and reserves ids before using them. If that fails, it
 * continues without and retries; ids can repeat only if the process is then killed and the clock is set back.
 */
export function createMessageIds(clock: Clock, previous = noMessageId, reserve?: ReserveIds) {
  const dash = previous.indexOf('-');
  const previousMs = Number(previous.slice(0, dash));
  let ms = Math.max(previousMs, clock());
  let seq = ms > previousMs ? 0 : Number(previous.slice(dash + 1));
  let prefix = `${ms}-`;
  let newest = previous;
  const firstOfRun = `${ms}-0`;
  let reservedUntilMs = reserve ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  let nextAttemptMs = 0;
  let reserving: Promise<void> | undefined;

  function extend(neededMs: number): Promise<void> {
    const untilMs = neededMs + reservationMs;
    nextAttemptMs = neededMs + retryMs;
    reserving ??= (reserve ?? (async () => {}))(untilMs)
      .then(
        () => {
          reservedUntilMs = untilMs;
        },
        () => {
          // Room messages are short-lived, and go on while the database cannot be written.
          reservedUntilMs = Math.max(reservedUntilMs, nextAttemptMs);
        },
      )
      .finally(() => {
        reserving = undefined;
      });
    return reserving;
  }

  return {
    /** The highest id given so far, in this run or before. */
    get newest() {
      return newest;
    },

    /** Must be awaited, if it returns a promise, before `next` is called for the same time. */
    reserved(nowMs: number): Promise<void> | undefined {
      const neededMs = Math.max(nowMs, ms);
      if (neededMs <= reservedUntilMs - reservationMs / 2) return undefined;
      if (neededMs > reservedUntilMs) return extend(neededMs);
      // Early, so that no message has to wait for it. If it fails, there is time to try again.
      if (neededMs > nextAttemptMs) extend(neededMs).catch(() => {});
      return undefined;
    },

    next(nowMs: number): string {
      seq += 1;
      if (nowMs > ms) {
        ms = nowMs;
        prefix = `${ms}-`;
        seq = 0;
      }
      newest = prefix + seq;
      return newest;
    },

    /** Whether a position was given by neither this run nor the ones that it continues. */
    isForeign(position: string): boolean {
      if (compareMessageIds(position, newest) > 0) return true;
      return compareMessageIds(position, previous) > 0 && compareMessageIds(position, firstOfRun) <= 0;
    },
  };
}
