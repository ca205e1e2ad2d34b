/** The names of all bots, for marking what they write. Few, as operators make them. */
export interface BotNames {
  has(username: string): boolean;
  add(username: string): void;
  /** These are all. */
  replace(usernames: Iterable<string>): void;
}

export function createBotNames(): BotNames {
  let names = new Set<string>();
  return {
    has: (username) => names.has(username),
    add: (username) => void names.add(username),
    replace(usernames) {
      names = new Set(usernames);
    },
  };
}
