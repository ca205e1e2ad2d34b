import type { ChatStorage } from './types.ts';

/** Keeps everything until the page is left. */
export function memoryStorage(): ChatStorage {
  const values = new Map<string, unknown>();
  return {
    list: async (prefix) => new Map([...values].filter(([key]) => key.startsWith(prefix))),
    async write(changes) {
      for (const [key, value] of changes)
        if (value === undefined) values.delete(key);
        else values.set(key, structuredClone(value));
    },
  };
}

/** What is stored of one user, under keys without server and name. */
export interface Store {
  /** The values whose keys begin with this, without it. Empty where nothing can be read. */
  list(prefix: string): Promise<ReadonlyMap<string, unknown>>;
  /** Resolves to whether it is stored. Writes are carried out one after the other. */
  write(changes: Record<string, unknown>): Promise<boolean>;
  /** Resolves when everything is written. */
  idle(): Promise<unknown>;
  /** Nothing is written after this. */
  forget(): Promise<void>;
}

/** Whoever logs in gets nothing of the users before: what is stored of these is deleted. */
export function openStore(storage: ChatStorage, scope: string, username: string): Store {
  const prefix = `${scope}/${encodeURIComponent(username)}/`;
  let last: Promise<unknown> = deleteAll((key) => !key.startsWith(prefix));
  /** Storage that fails once is not asked again: a lost database would fail for ever. */
  let isBroken = false;
  let isForgotten = false;

  async function deleteAll(isGone: (key: string) => boolean): Promise<void> {
    try {
      const keys = [...(await storage.list(`${scope}/`)).keys()].filter(isGone);
      if (keys.length > 0) await storage.write(new Map(keys.map((key) => [key, undefined])));
    } catch {
      isBroken = true;
    }
  }

  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    const next = last.then(run);
    last = next;
    return next;
  }

  return {
    list: (start) =>
      inTurn(async () => {
        if (isBroken) return new Map();
        try {
          const found = await storage.list(prefix + start);
          return new Map([...found].map(([key, value]) => [key.slice(prefix.length + start.length), value]));
        } catch {
          isBroken = true;
          return new Map();
        }
      }),
    write: (changes) =>
      inTurn(async () => {
        if (isBroken || isForgotten) return false;
        try {
          await storage.write(new Map(Object.entries(changes).map(([key, value]) => [prefix + key, value])));
          return true;
        } catch {
          isBroken = true;
          return false;
        }
      }),
    idle: () => last,
    async forget() {
      isForgotten = true;
      await inTurn(() => deleteAll((key) => key.startsWith(prefix)));
    },
  };
}
