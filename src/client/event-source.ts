import { EventSource } from 'eventsource';
import { backoffMs } from './backoff.ts';
import type { TokenSource } from './token.ts';
import { authorization } from './token.ts';

/** An EventSource that sends the token in a header, and stays away longer each time it finds nobody. */
export function eventSourceFor(token: TokenSource): typeof EventSource {
  return class extends EventSource {
    constructor(url: string | URL) {
      let failures = 0;
      super(url, {
        async fetch(input, init) {
          if (failures > 0) await pause(backoffMs(failures - 1), init.signal);
          try {
            const headers = { ...init.headers, ...(await authorization(token)) };
            const response = await fetch(input, { ...init, headers });
            // As if nobody had answered: an EventSource would give up for good, though the server may only be away.
            if (response.status >= 500 || response.status === 429)
              throw new Error(`status ${response.status}`);
            failures = 0;
            return response;
          } catch (error) {
            failures += 1;
            throw error;
          }
        },
      });
    }
  };
}

/** Shorter when the stream is closed meanwhile: what follows then sees that for itself. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done);
    if (signal?.aborted) done();
  });
}
