/**
 * What an index knows a text by: all sequences of three characters within its words, and those of one or two at the end of
 * a word, each written as six ASCII letters and digits. So an index contains no text, and every database takes them alike.
 * A sequence of one or two characters is the beginning of the tokens of longer ones.
 *
 * Sequences of six are tokens, too: the parts of a rare word are in many texts, and an index would have to compare what it
 * has of each, only to find that no text has them all.
 */
const digits = 36;
const codes = digits * digits;
/** Stands where a word has ended. */
const end = 'zz';

const codeOf = (value: number) => value.toString(digits).padStart(2, '0');

/** ASCII has codes of its own. Others may share theirs: what an index finds is compared with the text. */
function encode(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  if (point < 128) return codeOf(point);
  return codeOf(128 + ((Math.imul(point, 0x9e3779b1) >>> 0) % (codes - 129)));
}

/** The lengths of sequences. */
const size = 3;
const longSize = 6;

/** Keeps sequences of six apart from those that begin like them. */
const longToken = (codes: string[]) => `_${codes.join('')}`;

/** The distinct tokens of a folded text. */
export function tokensOf(folded: string): string[] {
  const tokens = new Set<string>();
  for (const word of folded.split(' ')) {
    if (word === '') continue;
    const encoded = Array.from(word, encode);
    for (let at = 0; at < encoded.length; at += 1)
      tokens.add(`${encoded[at]}${encoded[at + 1] ?? end}${encoded[at + 2] ?? end}`);
    for (let at = 0; at <= encoded.length - longSize; at += 1)
      tokens.add(longToken(encoded.slice(at, at + longSize)));
  }
  return [...tokens];
}

/** Something that every text with a term in it has. */
export interface Gram {
  /** The sequence itself, which occurs in every folded text that has the term. */
  text: string;
  token: string;
  /** Whether it stands for all tokens that begin with it. */
  isPrefix: boolean;
  /** Where in the query it begins. Words are so far apart that sequences of different words do not overlap. */
  at: number;
}

/** Whether they share characters, so that a text with one of them is likely to have the other, too. */
export const overlap = (a: Gram, b: Gram): boolean => Math.abs(a.at - b.at) < [...a.text].length;

/** What to ask an index for, to find the texts with these folded terms. */
export function gramsOf(terms: string[]): Gram[] {
  const grams = new Map<string, Gram>();
  let wordAt = 0;
  for (const word of terms.flatMap((term) => term.split(' '))) {
    const characters = [...word];
    const length = characters.length < longSize ? size : longSize;
    const last = Math.max(0, characters.length - length);
    for (let index = 0; word !== '' && index <= last; index += 1) {
      const sequence = characters.slice(index, index + length);
      const text = sequence.join('');
      const codes = sequence.map(encode);
      const token = length === longSize ? longToken(codes) : codes.join('');
      grams.set(text, { text, token, isPrefix: sequence.length < size, at: wordAt + index });
    }
    wordAt += characters.length + longSize;
  }
  return [...grams.values()];
}
