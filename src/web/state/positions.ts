import { comparePositions } from '../../client/index.ts';

/** Whether something known at `a` is older than something known at `b`. Positions without an order belong to the past. */
export const isOlder = (a: string, b: string | undefined): boolean =>
  b !== undefined && (comparePositions(a, b) ?? -1) < 0;

export const laterOf = (a: string, b: string | undefined): string =>
  b !== undefined && isOlder(a, b) ? b : a;

export const earlierOf = (a: string, b: string): string => (isOlder(a, b) ? a : b);
