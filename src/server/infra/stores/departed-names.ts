/**
 * The names of users who have left, and what takes the place of each. What is stored in the database is renamed there; messages in
 * memory and in Redis cannot be, and are shown with these instead until they expire.
 */
export interface DepartedNames {
  readonly size: number;
  /** Another one with each change. */
  readonly version: number;
  /** Undefined for everybody else. */
  aliasOf(username: string): string | undefined;
  add(username: string, alias: string): void;
  /** These are all. */
  replace(names: Iterable<readonly [username: string, alias: string]>): void;
}

export function createDepartedNames(): DepartedNames {
  let names = new Map<string, string>();
  let version = 0;
  return {
    get size() {
      return names.size;
    },
    get version() {
      return version;
    },
    aliasOf: (username) => names.get(username),
    add(username, alias) {
      names.set(username, alias);
      version += 1;
    },
    replace(all) {
      const before = names;
      names = new Map(all);
      const isSame = names.size === before.size && [...names.keys()].every((name) => before.has(name));
      if (!isSame) version += 1;
    },
  };
}
