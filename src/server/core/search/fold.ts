/**
 * How texts and queries are compared: whatever differs only in case, accents, width or punctuation is the same. Done here
 * and not in a database, so that all databases find the same.
 *
 * - `words`: punctuation separates words, like white space, so that `foo-bar` and `foo bar` are the same.
 * - `signs`: only white space separates. For a query that consists of punctuation alone.
 */
export type Folding = 'words' | 'signs';

/** Texts are folded up to this length, so that one of megabytes delays nobody. Longer ones can only be imported. */
export const maxFoldedLength = 32_768;

/** Optional marks, such as accents. Marks that scripts depend on, such as the vowels of Thai, are kept. */
const ignoredMarks =
  /[\u0300-\u036f]|[\u0591-\u05c7]|[\u064b-\u065f]|\u0670|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|[\ufe00-\ufe0f]|[\ufe20-\ufe2f]|\p{Cf}/gu;

/** Latin letters that Unicode does not take apart. */
const plainLetters: Record<string, string> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ł: 'l',
  ŧ: 't',
  þ: 'th',
};

const separators = {
  // Punctuation of all scripts, and the symbols of ASCII. Other symbols, such as emoji, are what people look for.
  words: /[\p{P}\p{Z}\p{Cc}$+<=>^`|~]/u,
  signs: /[\p{Z}\p{Cc}]/u,
};

/** A character with the marks on it. */
const clusters = /\P{M}\p{M}*|\p{M}+/gu;

const isAscii = (text: string) => !/[^\0-\x7f]/.test(text);

const separatorsInAscii = { words: /[^a-z0-9]+/g, signs: /[\0-\x20\x7f]+/g };

const cache = { words: new Map<string, string>(), signs: new Map<string, string>() };
const maxCached = 10_000;

/** What a cluster is compared as: letters, or a space for a separator, or nothing. */
function foldCluster(cluster: string, folding: Folding): string {
  const known = cache[folding].get(cluster);
  if (known !== undefined) return known;
  let folded = '';
  for (const character of cluster.normalize('NFKD').replace(ignoredMarks, '')) {
    // Upper case first: then ß is ss, and both forms of the sigma are one.
    const lower = character.toUpperCase().toLowerCase().normalize('NFKD').replace(ignoredMarks, '');
    for (const letter of lower)
      folded += separators[folding].test(letter) ? ' ' : (plainLetters[letter] ?? letter);
  }
  if (cluster.length <= 16) {
    if (cache[folding].size >= maxCached) cache[folding].clear();
    cache[folding].set(cluster, folded);
  }
  return folded;
}

const cut = (text: string) => (text.length > maxFoldedLength ? text.slice(0, maxFoldedLength) : text);

/** What the text is compared as. Separators are one space each, and there is none at the start. */
export function fold(text: string, folding: Folding = 'words'): string {
  const whole = cut(text);
  if (isAscii(whole)) return whole.toLowerCase().replace(separatorsInAscii[folding], ' ').trimStart();
  let folded = '';
  let isSeparated = true;
  for (const [cluster] of whole.matchAll(clusters))
    for (const unit of foldCluster(cluster, folding)) {
      if (unit === ' ' && isSeparated) continue;
      isSeparated = unit === ' ';
      folded += unit;
    }
  return folded;
}

/** A folded text with its source positions. */
export interface FoldedText {
  folded: string;
  /** For each UTF-16 unit of `folded`: where the cluster that it comes from begins and ends in the text. */
  starts: number[];
  ends: number[];
}

/** As `fold`, which is several times faster. */
export function foldPlaced(text: string, folding: Folding = 'words'): FoldedText {
  const placed: FoldedText = { folded: '', starts: [], ends: [] };
  for (const match of cut(text).matchAll(clusters))
    for (const unit of foldCluster(match[0], folding)) {
      if (unit === ' ' && (placed.folded === '' || placed.folded.endsWith(' '))) continue;
      placed.folded += unit;
      for (let half = 0; half < unit.length; half += 1) {
        placed.starts.push(match.index);
        placed.ends.push(match.index + match[0].length);
      }
    }
  return placed;
}
