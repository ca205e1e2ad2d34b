/** Work in the background, in rounds that never overlap. */
export interface Rounds {
  /** Begins a round, or another one after the present one. */
  wake(): void;
  /** Resolves when no round is under way, or to come at once. */
  idle(): Promise<void>;
}

/** Begins a round at each `wake`, and every `everyMs` in case nobody was told, until `stop` is aborted. */
export function createRounds({
  round,
  everyMs,
  stop,
  onError,
}: {
  round(): Promise<void>;
  everyMs: number;
  stop: AbortSignal;
  onError(error: unknown): void;
}): Rounds {
  let running: Promise<void> | undefined;
  let isWoken = false;

  async function run(): Promise<void> {
    while (isWoken && !stop.aborted) {
      isWoken = false;
      await round();
    }
  }

  function wake(): void {
    isWoken = true;
    if (stop.aborted) return;
    running ??= run()
      .catch(onError)
      .finally(() => {
        running = undefined;
        if (isWoken) wake();
      });
  }

  const timer = setInterval(wake, everyMs);
  timer.unref();
  stop.addEventListener('abort', () => clearInterval(timer), { once: true });
  return {
    wake,
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
