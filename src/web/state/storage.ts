/** The browser's storage, where there is one: some browsers forbid it, and what is kept there is never vital. */
export function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Without a value, or with an empty one, what was kept is forgotten. */
export function write(key: string, value: string | undefined): void {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // full or forbidden: then it is not kept
  }
}

export function forgetAll(prefix: string): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  } catch {
    // forbidden: then there is nothing to forget
  }
}
