/** A time whose JSON is made once: making it anew for each reader costs more than the rest of a message. */
class KnownDate extends Date {
  #json: string | undefined;

  override toJSON(): string {
    this.#json ??= super.toJSON();
    return this.#json;
  }
}

const held = new Map<string | number, KnownDate>();
const maxHeld = 10_000;

/** A time as it is stored. For one that was asked for lately it is the same object again, so nobody may change it. */
export function knownDate(stored: Date | string | number): Date {
  const key = stored instanceof Date ? stored.getTime() : stored;
  const known = held.get(key);
  if (known) return known;
  if (held.size >= maxHeld) held.clear();
  const date = new KnownDate(key);
  held.set(key, date);
  return date;
}
