import { read, write } from '../storage.ts';
import { translate } from './translation.ts';

/** By their own names. */
export const languages = { en: 'English', de: 'Deutsch' };
export type Language = keyof typeof languages;

const key = 'mirage.language';
const isLanguage = (tag: string | undefined): tag is Language =>
  tag !== undefined && Object.hasOwn(languages, tag);
const languageOf = (tag: string) => tag.split('-', 1)[0];

/** What the user has chosen in the settings; undefined for the language of the browser. */
const stored = read(key);
export const chosen = isLanguage(stored) ? stored : undefined;

export const language: Language = chosen ?? navigator.languages.map(languageOf).find(isLanguage) ?? 'en';

/** For dates and times: as the browser writes them, unless another language has been chosen. */
export const locale = chosen && (navigator.languages.find((tag) => languageOf(tag) === chosen) ?? chosen);

/** Loads the texts in the user's language. If that fails, they stay in English. */
export async function loadWords(): Promise<void> {
  if (language === 'de')
    try {
      translate((await import('./german.ts')).german);
    } catch {
      return;
    }
  document.documentElement.lang = language;
}

/** The page is loaded anew, as texts are constants. */
export function chooseLanguage(next: Language | undefined): void {
  write(key, next);
  location.reload();
}
