import { createStore, useStore } from '../store.ts';

/** Loaded later, as the page is shown without it; it is there before the first messages are. */
const loaded = createStore<typeof import('./formatted-text.tsx') | undefined>(undefined);
import('./formatted-text.tsx').then(loaded.set, () => {}); // without it, messages are shown as they were written

export const useFormatting = () => useStore(loaded);

/** The text of a message without its marks, for where there is no room for formatting. */
export const plainText = (text: string): string => loaded.get()?.plainText(text) ?? text;

export const usePlainText = (text: string): string => useFormatting()?.plainText(text) ?? text;
