import { expect } from 'vitest';

/** The words came in the order they were said, none twice, and with a gap exactly where some are missing. */
export function expectHonest(words: readonly string[], said: readonly string[]): void {
  const place = new Map(said.map((word, index) => [word, index]));
  let next = 0;
  let isGap = false;
  for (const word of words) {
    if (word === 'gap') isGap = true;
    else {
      const index = place.get(word) ?? -1;
      expect(index).toBeGreaterThanOrEqual(next);
      if (isGap !== index > next) expect({ word, missing: index - next, isGap }).toBe('honest');
      next = index + 1;
      isGap = false;
    }
  }
  expect(next).toBe(said.length);
}
