import { Prisma } from './generated/sqlite/client.ts';

/**
 * A list for `IN (…)` that is filled up to `length` with a value that no row has. Statements are kept prepared by their text,
 * so there is one of them and not one for each number of values.
 */
export const paddedList = <Value extends string | number>(
  values: readonly Value[],
  length: number,
  filler: Value,
): Prisma.Sql => Prisma.join([...values, ...new Array<Value>(length - values.length).fill(filler)]);
