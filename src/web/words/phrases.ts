const plainAscii = /^[\x20-\x7e]*$/;
const bidiControls = /[\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Keeps the writing direction of a name or message from reordering the sentence around it, as `<bdi>` does for
 * elements. The marks are First Strong Isolate and Pop Directional Isolate; ASCII text needs none.
 */
export function isolate(value: string): string {
  return plainAscii.test(value) ? value : `\u2068${value.replace(bidiControls, '')}\u2069`;
}

type Noun = [one: string, many: string];

interface Nouns {
  year: Noun;
  month: Noun;
  week: Noun;
  day: Noun;
  hour: Noun;
  minute: Noun;
  second: Noun;
  byte: Noun;
}

const seconds = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

const sizes = [
  ['gigabyte', 1e9],
  ['megabyte', 1e6],
  ['kilobyte', 1e3],
] as const;

/** The parts of sentences that a language makes in the same way everywhere. */
export function phrasesIn(language: string, nouns: Nouns) {
  const count = (number: number, ...[one, many]: Noun) => `${number} ${number === 1 ? one : many}`;
  return {
    count,
    /** In the largest unit that gives a whole number. */
    duration(total: number): string {
      const [unit, length] = seconds.find(([, length]) => total % length === 0) ?? (['second', 1] as const);
      return count(total / length, ...nouns[unit]);
    },
    fileSize(bytes: number): string {
      // A little less than the unit, as more than that is rounded up to it.
      const [unit, of] = sizes.find(([, size]) => bytes >= size * 0.9995) ?? [];
      if (of === undefined) return count(bytes, ...nouns.byte);
      return new Intl.NumberFormat(language, { style: 'unit', unit, maximumSignificantDigits: 3 }).format(
        bytes / of,
      );
    },
    list: (names: string[]) =>
      new Intl.ListFormat(language, { type: 'conjunction' }).format(names.map(isolate)),
  };
}
