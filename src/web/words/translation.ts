const english = new Map<string, object>();
let translation: Readonly<Record<string, object>> = {};

/** Gives the texts back, which are in English until `translate` is called, and from then on in the other language. */
export function translatable<Part extends object>(name: string, words: Part): Part {
  const translated = translation[name];
  if (translated) replace(words, translated);
  else english.set(name, words);
  return words;
}

/** Replaces texts in place, so that they are used as constants everywhere. Called before anything is shown. */
export function translate(to: object): void {
  translation = { ...to };
  for (const [name, words] of english) replace(words, translation[name] ?? {});
}

function replace(words: object, by: object): void {
  const target = words as Record<string, unknown>; // safe: both have the same fields, by their types
  for (const [key, value] of Object.entries(by)) {
    const present = target[key];
    if (isObject(present) && isObject(value)) replace(present, value);
    else target[key] = value;
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
