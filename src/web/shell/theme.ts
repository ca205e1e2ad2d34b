import { onStorage, read, write } from '../storage.ts';
import { createStore, type Store } from '../store.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'mirage.theme';
const stored = (): Theme => themes.find((theme) => theme === read(key)) ?? 'system';
const store = createStore<Theme>(stored());

export const theme: Store<Theme> = store;

export function setTheme(next: Theme): void {
  write(key, next);
  store.set(next);
  showTheme();
}

/** Other windows follow. */
onStorage(key, () => {
  store.set(stored());
  showTheme();
});

export function showTheme(): void {
  document.documentElement.dataset.theme = store.get();
}
