interface Publishing {
  publish(topic: string, text: string): Promise<unknown>;
  /** Tells every server that any topic may have changed. */
  publishEverything(): Promise<unknown>;
}

/**
 * Keeps signals that could not be published, in order, until they can be. Beyond `max` entries they are dropped, and
 * `publishEverything` is called instead.
 */
export function createPublishRetryQueue({ publish, publishEverything }: Publishing, max = 10_000) {
  // Signals without an ephemeral event are deduplicated: their key is the topic alone.
  let waiting = new Map<string, [topic: string, text: string]>();
  let hasOverflowed = false;
  let isSettling = false;
  let count = 0;

  async function publishAll(): Promise<void> {
    if (hasOverflowed) {
      await publishEverything();
      hasOverflowed = false;
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
      hasOverflowed = true;
    },

    /** Publishes the queue, stopping at the first failure. */
    async settle(): Promise<void> {
      if (isSettling || (waiting.size === 0 && !hasOverflowed)) return;
      isSettling = true;
      try {
        await publishAll();
      } catch {
        // The remaining signals stay queued for the next attempt.
      } finally {
        isSettling = false;
      }
    },
  };
}
