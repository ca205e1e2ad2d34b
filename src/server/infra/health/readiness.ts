import { setTimeout } from 'node:timers/promises';

/** The state of each service that the server depends on. */
export type Readiness = () => Promise<Record<string, 'ok' | 'unavailable'>>;

const timeoutMs = 2000;

/** A service is ready if its check resolves within 2 s. */
export function createReadiness(checks: Record<string, () => Promise<unknown>>): Readiness {
  return async () => {
    const states = Object.entries(checks).map(async ([name, check]) => {
      const deadline = new AbortController();
      const isReady = await Promise.race([
        check().then(
          () => true,
          () => false,
        ),
        setTimeout(timeoutMs, false, { ref: false, signal: deadline.signal }).catch(() => false),
      ]);
      deadline.abort();
      return [name, isReady ? 'ok' : 'unavailable'] as const;
    });
    return Object.fromEntries(await Promise.all(states));
  };
}
