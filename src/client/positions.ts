const form = /^(\d+)-([a-z0-9]+)-(\d+)-(\d+)$/;

/**
 * Orders two positions of one server: negative if `a` is the older one, 0 if they are the same place. Null where they have
 * no order, as one of them is of another database, or of a backup's future.
 */
export function comparePositions(a: string, b: string): number | null {
  if (a === b) return 0;
  const [, eraOfA, nameOfA, ...restOfA] = form.exec(a) ?? [];
  const [, eraOfB, nameOfB, ...restOfB] = form.exec(b) ?? [];
  if (eraOfA === undefined || eraOfB === undefined) return null;
  if (eraOfA === eraOfB && nameOfA !== nameOfB) return null;
  const [changeOfA = 0, messageOfA = 0] = restOfA.map(Number);
  const [changeOfB = 0, messageOfB = 0] = restOfB.map(Number);
  return Number(eraOfA) - Number(eraOfB) || changeOfA - changeOfB || messageOfA - messageOfB;
}
