import { setTimeout } from 'node:timers/promises';

/** How it stands with each service that the server depends on. */
export type Readiness = () => Promise<Record<string, 'ok' | 'unavailable'>>;

/** Who asks wants to know soon, and a service that takes longer is none to send requests to. */
const patienceMs = 2000;

/** A service is ready when its check resolves in time. */
export function createReadiness(checks: Record<string, () => Promise<unknown>>): Readiness {
  return async () => {
    const states = Object.entries(checks).map(async ([name, check]) => {
      const deadline = new AbortController();
      const isReady = await Promise.race([
        check().then(
          () => true,
          () => false,
        ),
        setTimeout(patienceMs, false, { ref: false, signal: deadline.signal }).catch(() => false),
      ]);
      deadline.abort();
      return [name, isReady ? 'ok' : 'unavailable'] as const;
    });
    return Object.fromEntries(await Promise.all(states));
  };
}
