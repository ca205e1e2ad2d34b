import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, foldPlaced } from '../../src/server/core/search/fold.ts';
import { findRanges, isFound, parseQuery } from '../../src/server/core/search/query.ts';
import { gramsOf, tokensOf } from '../../src/server/core/search/tokens.ts';

/** Texts in which anything may stand beside anything. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        'foo',
        'Straße',
        'ΣΑΣ',
        'ﬁ',
        'é',
        '  ',
        '-',
        '漢字',
        'ก็',
        '각',
        '👍🏽',
        '\u00ad',
        'İ',
        '_',
        '\t',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

// cspell:disable
describe('folding', () => {
  it.each([
    ['Straße', 'strasse'],
    ['ÉCOLE', 'ecole'],
    ['e\u0301cole', 'ecole'],
    ['Øresund ıs', 'oresund is'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['ﬁne ｗｉｄｅ', 'fine wide'],
    ['con\u00adnect', 'connect'],
    ['«foo-bar», “baz”…', 'foo bar baz '],
    ['ม้า', 'ม้า'],
    ['漢字、仮名', '漢字 仮名'],
    ['👍🏽 5€', '👍🏽 5€'],
  ])('takes %j for %j', (given, folded) => {
    expect(fold(given)).toBe(folded);
  });

  it('is the same with places as without', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('words' as const, 'signs' as const), (given, folding) => {
        const { folded, starts, ends } = foldPlaced(given, folding);
        expect(folded).toBe(fold(given, folding));
        expect([starts.length, ends.length]).toEqual([folded.length, folded.length]);
      }),
    );
  });
});

describe('a query', () => {
  it('is empty without anything that can be seen', () => {
    for (const empty of ['', '  ', '\u200b', '\u0301', '\t\n']) expect(parseQuery(empty)).toBeUndefined();
  });

  it('finds every part of a text, and says where', () => {
    fc.assert(
      fc.property(text, fc.nat(60), fc.nat(60), (given, from, length) => {
        const part = given.slice(from, from + length + 1);
        const words = part.isWellFormed() ? part.split(/\s+/u).filter((word) => word !== '') : [];
        // A mark that was cut off from its letter is another one.
        fc.pre(words.every((word) => !/^(?:\p{M}|\p{Cf})/u.test(word)));
        const query = parseQuery(words.join(' '));
        if (!query) return;
        const whole = given.slice(0, from) + part;
        fc.pre(!/^\p{M}/u.test(given.slice(whole.length)));
        expect(isFound(query, given)).toBe(true);
        for (const [start, end] of findRanges(query, given) ?? []) expect(start).toBeLessThan(end);
      }),
    );
  });

  it('marks what it found in the text as written', () => {
    const marked = (query: string, given: string) => {
      const parsed = parseQuery(query);
      return (parsed && findRanges(parsed, given))?.map(([start, end]) => given.slice(start, end));
    };
    expect(marked('ecole', 'Mon E\u0301COLE, mon école!')).toEqual(['E\u0301COLE', 'école']);
    expect(marked('strasse 5', '5 Straßen')).toEqual(['5', 'Straße']);
    expect(marked('foo-bar', '👍 foo — bar')).toEqual(['foo — bar']);
    expect(marked('aa a', 'aaaa b a')).toEqual(['aaaa', 'a']);
    expect(marked('?!', 'what?!')).toEqual(['?!']);
    expect(marked('x', 'y')).toBeUndefined();
  });
});

it('asks an index for nothing that a text with the query in it has not', () => {
  fc.assert(
    fc.property(text, fc.nat(40), fc.nat(12), (given, from, length) => {
      const folded = fold(given);
      const term = folded.slice(from, from + length + 1).trim();
      fc.pre(term.isWellFormed());
      const tokens = tokensOf(folded);
      for (const { token, isPrefix } of gramsOf([term]))
        expect(tokens.some((other) => (isPrefix ? other.startsWith(token) : other === token))).toBe(true);
      for (const token of tokens) expect(token).toMatch(/^(?:[a-z0-9]{6}|_[a-z0-9]{12})$/);
    }),
  );
});
