/** Longer than this, nobody waits for a request that is under way. */
const patienceMs = 2000;

/** Tells the server of what has changed, one thing after the other. What fails waits for the next `run`. */
export interface Saver {
  run(): void;
  /** Waits for the request that is under way. */
  idle(): Promise<void>;
  /** Begins no more requests, and waits for the one that is under way. */
  pause(): Promise<void>;
  resume(): void;
}

/** `next` gives what the server does not know yet. */
export function createSaver<Item>(
  next: () => Item | undefined,
  save: (item: Item) => Promise<unknown>,
): Saver {
  let running: Promise<void> | undefined;
  let isPaused = false;
  /** There was another `run` since, perhaps for what the present one has not seen. */
  let isWantedAgain = false;

  async function drain(): Promise<void> {
    try {
      for (let item = next(); item !== undefined && !isPaused; item = next()) await save(item);
    } catch {
      // Tried again by the next `run`.
    }
  }

  function run(): void {
    if (isPaused) return;
    isWantedAgain = running !== undefined;
    if (isWantedAgain) return;
    running = drain();
    void running.then(() => {
      running = undefined;
      if (isWantedAgain) run();
    });
  }

  async function idle(): Promise<void> {
    if (running !== undefined)
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  }

  return {
    run,
    idle,
    async pause() {
      isPaused = true;
      await idle();
    },
    resume() {
      isPaused = false;
      run();
    },
  };
}
