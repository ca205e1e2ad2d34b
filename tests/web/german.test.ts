import { expect, it } from 'vitest';
import { factorsText } from '../../src/web/account/factors-text.ts';
import { oidcText } from '../../src/web/account/oidc-text.ts';
import { laterText } from '../../src/web/later-text.ts';
import { accessTokensText } from '../../src/web/settings/access-tokens-text.ts';
import { ownDataText } from '../../src/web/settings/own-data-text.ts';
import { text } from '../../src/web/text.ts';
import { german } from '../../src/web/words/german.ts';
import { translatable, translate } from '../../src/web/words/translation.ts';

const english = {
  text,
  later: laterText,
  factors: factorsText,
  oidc: oidcText,
  accessTokens: accessTokensText,
  ownData: ownDataText,
};

/** Every text by the path to it. Functions are called, once with numbers and words of one and once of many. */
function textsOf(words: object, path = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(words).flatMap(([key, value]: [string, unknown]) => {
      const at = `${path}/${key}`;
      if (typeof value === 'string') return [[at, value]];
      if (typeof value === 'function')
        return samples(value as Sentence).map((said, i) => [`${at}(${i})`, said]);
      return Object.entries(textsOf(value as object, at)); // safe: there are only texts, functions and groups of them
    }),
  );
}

type Sentence = (...values: unknown[]) => string;

/** Each takes names, lists of names, numbers or whether something is so, in an order that only it knows. */
function samples(sentence: Sentence): string[] {
  const values = [1, 2, 7_200, 'ada', 'bob', ['ada'], ['ada', 'bob', 'cleo'], true, false, undefined];
  return values.flatMap((first) =>
    values.flatMap((second) => {
      try {
        return [sentence(first, second, true)];
      } catch {
        return []; // not of this type
      }
    }),
  );
}

// What is the same in both languages.
const same = [
  /^\/(text|later\/createRoom|later\/roomSettings)\/name$/,
  /^\/(factors\/setUp|accessTokens)\/name$/,
  /^\/text\/shell\/themes\/system$/,
  /^\/text\/shell\/unread\(/,
  /^\/later\/switcher\/label$/,
  /^\/later\/keyboardHelp\/keys\/\d\/0$/,
  /^\/later\/invite\/link$/,
  /^\/text\/members\/status\(/,
  /^\/text\/conversation\/announcement\(/,
  /^\/text\/files\/size\(/,
  /^\/text\/roomSearch\/(here|by)\(/,
  /^\/text\/notifications\//,
  /^\/(factors|accessTokens)\/(step\/code|token)$/,
];

it('has every text in German', () => {
  const englishTexts = textsOf(english);
  const germanTexts = textsOf(german);
  expect(Object.keys(germanTexts).sort()).toEqual(Object.keys(englishTexts).sort());
  const untranslated = Object.keys(englishTexts).filter(
    (path) => germanTexts[path] === englishTexts[path] && !same.some((pattern) => pattern.test(path)),
  );
  expect(untranslated).toEqual([]);
});

it('counts and measures in German', () => {
  const { common, files, conversation, failures } = german.text;
  expect([1, 90, 3600, 14 * 86_400].map(common.duration)).toEqual([
    '1 Sekunde',
    '90 Sekunden',
    '1 Stunde',
    '2 Wochen',
  ]);
  expect([1, 999, 1_500_000].map(files.size)).toEqual(['1 Byte', '999 Byte', '1,5 MB']);
  expect(conversation.typing(['ada', 'bob'])).toBe('ada und bob schreiben…');
  expect(failures.tooMany(120)).toBe('Zu viele Versuche. Versuche es in 2 Minuten noch einmal.');
});

it('replaces texts in place, also those that are loaded afterwards', () => {
  const early = translatable('early', {
    common: { cancel: 'Cancel', close: 'Close' },
    keys: [['Enter', 'Send']],
  });
  const { common } = early;
  translate({
    early: { common: { cancel: 'Abbrechen', close: 'Schließen' }, keys: [['Enter', 'Senden']] },
    late: { or: 'Oder' },
  });
  expect(common).toEqual({ cancel: 'Abbrechen', close: 'Schließen' });
  expect(early).toEqual({ common, keys: [['Enter', 'Senden']] });
  expect(translatable('late', { or: 'Or' })).toEqual({ or: 'Oder' });
  expect(translatable('unknown', { or: 'Or' })).toEqual({ or: 'Or' });
});
