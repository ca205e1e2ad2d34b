import { expect, it } from 'vitest';
import { matching } from '../../src/web/switcher/ranking.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
const found = (names: string[], typed: string) => matching(named(...names), typed).map(({ name }) => name);

it('puts names that begin with what was typed first, then those of which a word does', () => {
  expect(found(['big garage', 'sage', 'gardens', 'old-garden'], 'ga')).toEqual([
    'gardens',
    'big garage',
    'old-garden',
  ]);
  expect(found(['lounge', 'big unit', 'unity'], 'un')).toEqual(['unity', 'big unit', 'lounge']);
});

it('keeps the order of those that match alike, and all for nothing typed', () => {
  expect(found(['ab', 'aa', 'ac'], ' A ')).toEqual(['ab', 'aa', 'ac']);
  expect(found(['b', 'a'], '  ')).toEqual(['b', 'a']);
});

it('ignores case and accents, in any alphabet', () => {
  expect(found(['Björn', 'Zoë', 'Αθήνα', 'İstanbul'], 'bjor')).toEqual(['Björn']);
  expect(found(['Björn', 'Zoë'], 'zoé')).toEqual(['Zoë']);
  expect(found(['Αθήνα'], 'αθηνα')).toEqual(['Αθήνα']);
  expect(found(['İstanbul'], 'istanbul')).toEqual(['İstanbul']);
});

it('takes marks and spaces of names as they are', () => {
  expect(found(['a.b', 'axb'], 'a.b')).toEqual(['a.b']);
  expect(found(['two words'], 'two w')).toEqual(['two words']);
  expect(found(['two words'], 'nothing')).toEqual([]);
});
