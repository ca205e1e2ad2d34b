/**
 * A place in the server's order: of messages to a room `[ms, seq]`, of those of an inbox `[id, 0]`, and of what happened to these
 * `[change, 0]`. In a room, messages and what happens to them are in one order.
 */
export type Place = readonly [number, number];

/** Before everything. */
export const beginning: Place = [-1, 0];

/** Negative if `a` is the earlier one. */
export const compare = (a: Place, b: Place): number => a[0] - b[0] || a[1] - b[1];

export const laterOf = (a: Place, b: Place): Place => (compare(a, b) > 0 ? a : b);

/** Of the id of a message, or of an event of a room. */
export function placeOf(id: string | number): Place {
  const [first = 0, second = 0] = String(id).split('-').map(Number);
  return [first, second];
}

/** Between a message and the one before it. */
export const justBefore = ([first, second]: Place): Place => [first, second - 0.5];

/** Between a message and the one after it. */
export const justAfter = ([first, second]: Place): Place => [first, second + 0.5];

/**
 * The last two numbers of a position: of an inbox the newest change and the newest message, which are counted apart; of a room the
 * two of one place. What comes before them, the start of the server, needs no comparing: the server answers a position of
 * another database with a gap.
 */
export function partsOf(position: string): Place {
  const [first = 0, second = 0] = position.split('-').slice(-2).map(Number);
  return [first, second];
}

export interface Range {
  from: Place;
  to: Place;
}

export const isWithin = (place: Place, range: Range | undefined): boolean =>
  range !== undefined && compare(place, range.from) >= 0 && compare(place, range.to) <= 0;
