interface Publishing {
  publish(topic: string, text: string): Promise<unknown>;
  /** Tells everybody to look at everything. */
  publishEverything(): Promise<unknown>;
}

/** What could not be published, in order, until it can be. Beyond `max` it is no longer kept: everybody is told to look. */
export function createOwed({ publish, publishEverything }: Publishing, max = 10_000) {
  // A signal without a notice need be told once; the key then is the topic alone.
  let waiting = new Map<string, [topic: string, text: string]>();
  let isTooMuch = false;
  let isSettling = false;
  let count = 0;

  async function publishAll(): Promise<void> {
    if (isTooMuch) {
      await publishEverything();
      isTooMuch = false;
    }
    for (const [key, [topic, text]] of waiting) {
      await publish(topic, text);
      waiting.delete(key);
    }
  }

  return {
    add(topic: string, text: string): void {
      count += 1;
      waiting.set(text === '' ? topic : `${count} ${topic}`, [topic, text]);
      if (waiting.size <= max) return;
      waiting = new Map();
      isTooMuch = true;
    },

    /** Publishes what there is, as far as it can. */
    async settle(): Promise<void> {
      if (isSettling || (waiting.size === 0 && !isTooMuch)) return;
      isSettling = true;
      try {
        await publishAll();
      } catch {
        // The rest stays for the next time.
      } finally {
        isSettling = false;
      }
    },
  };
}
