const patienceMs = 15_000;

/** A way to wait until something that changes is as wanted; `state` says in an error how it was instead. */
export function createWaiting(state: () => unknown) {
  const checks = new Set<() => void>();
  return {
    changed() {
      for (const check of [...checks]) check();
    },

    until(isSo: () => boolean, patience = patienceMs): Promise<void> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          checks.delete(check);
          reject(new Error(`waited in vain; there was ${JSON.stringify(state())?.slice(-2000)}`));
        }, patience);
        const check = () => {
          if (!isSo()) return;
          clearTimeout(timer);
          checks.delete(check);
          resolve();
        };
        checks.add(check);
        check();
      });
    },
  };
}
