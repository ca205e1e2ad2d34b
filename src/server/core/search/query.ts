import { type Folding, fold, foldPlaced } from './fold.ts';

export const maxQueryLength = 200;

/** What somebody looks for. All terms have to occur, each anywhere in a text: they may be parts of words. */
export interface Query {
  terms: string[];
  folding: Folding;
}

/**
 * The words of a query, which has no syntax: quotes, operators and wildcards are punctuation like any other. A word such as
 * `foo-bar` or an address is one term, whose parts have to stand together. Undefined if there is nothing to look for.
 */
export function parseQuery(text: string): Query | undefined {
  const words = text.split(/\s+/u);
  for (const folding of ['words', 'signs'] as const) {
    const terms = [...new Set(words.map((word) => fold(word, folding).trim()))].filter((term) => term !== '');
    if (terms.length > 0) return { terms, folding };
  }
  return undefined;
}

export function isFound({ terms, folding }: Query, text: string): boolean {
  const folded = fold(text, folding);
  return terms.every((term) => folded.includes(term));
}

/** Start and end of a part of a text, in UTF-16 units. */
export type Range = [start: number, end: number];

/** Marking more of one text helps nobody. */
const maxRanges = 100;

/** Where the terms occur in a text: in order, those that touch as one. Undefined if one does not. */
export function findRanges({ terms, folding }: Query, text: string): Range[] | undefined {
  const { folded, starts, ends } = foldPlaced(text, folding);
  const found: Range[] = [];
  for (const term of terms) {
    let at = folded.indexOf(term);
    if (at < 0) return undefined;
    for (let count = 0; at >= 0 && count < maxRanges; count += 1) {
      found.push([starts[at] ?? 0, ends[at + term.length - 1] ?? 0]);
      at = folded.indexOf(term, at + term.length);
    }
  }
  found.sort(([a], [b]) => a - b);
  const merged: Range[] = [];
  for (const [start, end] of found) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged.slice(0, maxRanges);
}

/** How well a text fits, as a whole number: more often, as whole words and in shorter texts is better. */
export function rankOf({ terms, folding }: Query, text: string): number {
  const folded = ` ${fold(text, folding)} `;
  let sum = 0;
  for (const term of terms) {
    const times = folded.split(term, 6).length - 1;
    const whole = folded.includes(` ${term} `) ? 2 : folded.includes(` ${term}`) ? 1 : 0;
    sum += times + whole;
  }
  return Math.round((1000 * sum) / (1 + folded.length / 400));
}
