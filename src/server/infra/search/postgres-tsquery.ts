import type { Gram } from '../../core/search/tokens.ts';
import { gramTokens, type SearchPart } from './search-index.ts';

/** Each statement is a way to the database and back, which takes longer than looking into a part without hits. */
export const partsAtOnce = 32;

/** For each part what finds its texts with all of these sequences. */
export const queriesOf = (parts: SearchPart<unknown>[], grams: Gram[]): string[] =>
  parts.map(({ id }) =>
    gramTokens(id, grams, (token, isPrefix) => `'${token}'${isPrefix ? ':*' : ''}`).join(' & '),
  );
