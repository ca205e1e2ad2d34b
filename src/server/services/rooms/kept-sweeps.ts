import type { Deps } from '../shared/deps.ts';

const everyMs = 10 * 60_000;

/**
 * Deletes what has expired of kept rooms, and what is left of deleted ones: now, and then every ten minutes until the returned
 * function is called. Nobody sees it meanwhile.
 */
export function startKeptSweeps({ keptMessages, log }: Pick<Deps, 'keptMessages' | 'log'>): () => void {
  let isSweeping = false;
  async function sweep(): Promise<void> {
    if (isSweeping) return;
    isSweeping = true;
    await keptMessages
      .sweep()
      .catch((err: unknown) => log.warn({ err }, 'deleting expired room messages failed'));
    isSweeping = false;
  }
  void sweep();
  const timer = setInterval(() => void sweep(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
