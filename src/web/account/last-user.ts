const key = 'mirage.lastUser';

/**
 * Remembers the user of this window, and returns whether the previous one differs. Kept as long as the window, like
 * its URL, which shows where that user was.
 */
export function switchUser(username: string): boolean {
  try {
    const before = sessionStorage.getItem(key);
    sessionStorage.setItem(key, username);
    return before !== null && before !== username;
  } catch {
    return true; // storage is forbidden, so nothing is known
  }
}
