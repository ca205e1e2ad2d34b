import { base } from './base.ts';

/** Servers that share an origin, each below a path of its own, must not share keys. */
const scope = base.pathname === '/' ? '' : base.pathname;

/** `localStorage`, or undefined where the browser forbids it. */
export function read(key: string): string | undefined {
  try {
    return localStorage.getItem(scope + key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Removes the key if the value is undefined or empty. Returns false if the storage is full or forbidden. */
export function write(key: string, value: string | undefined): boolean {
  try {
    if (value) localStorage.setItem(scope + key, value);
    else localStorage.removeItem(scope + key);
    return true;
  } catch {
    return false;
  }
}

export function keysOf(prefix: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(scope + prefix))
      .map((key) => key.slice(scope.length));
  } catch {
    return [];
  }
}

export function removeByPrefix(prefix: string): void {
  for (const key of keysOf(prefix)) write(key, undefined);
}

/** Calls the listener when another window changes a key with this prefix. Returns a function that unsubscribes. */
export function onStorage(
  prefix: string,
  listener: (key: string, value: string | undefined, before: string | undefined) => void,
): () => void {
  const onEvent = ({ key, newValue, oldValue }: StorageEvent) => {
    if (key?.startsWith(scope + prefix))
      listener(key.slice(scope.length), newValue ?? undefined, oldValue ?? undefined);
  };
  addEventListener('storage', onEvent);
  return () => removeEventListener('storage', onEvent);
}
