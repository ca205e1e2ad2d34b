const marks = /\p{M}/gu;

/** Without case and accents. */
const folded = (text: string) => text.normalize('NFKD').replace(marks, '').toLowerCase();

/**
 * Those whose names contain what was typed: first the names that begin with it, then those of which a word does. Otherwise
 * they stay in order.
 */
export function matching<Item extends { name: string }>(items: readonly Item[], typed: string): Item[] {
  const sought = folded(typed.trim());
  const ranks = items.map((item) => ({ item, rank: rankOf(folded(item.name), sought) }));
  return ranks
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

function rankOf(name: string, sought: string): number {
  const at = name.indexOf(sought);
  if (at <= 0) return at === 0 ? 0 : Number.POSITIVE_INFINITY;
  return name.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(sought)) ? 1 : 2;
}
