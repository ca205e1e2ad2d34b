/** Runs tasks with the same key one after another. */
export function createTurns() {
  const last = new Map<string, Promise<unknown>>();

  return async <Result>(key: string, run: () => Promise<Result>): Promise<Result> => {
    const before = last.get(key);
    const own = before === undefined ? run() : before.then(run, run);
    last.set(key, own);
    try {
      return await own;
    } finally {
      if (last.get(key) === own) last.delete(key);
    }
  };
}
