/** A name as searches compare it: without letter case, in one form of each character. A beginning maps to a beginning. */
export const searchNameOf = (name: string): string =>
  // Upper case first, for letters such as ß whose small and capital forms differ in length; a sigma that ends a word
  // is another letter than one within it.
  name.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
