import type { TRPCLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import type { AppRouter } from './api.ts';
import { backoffMs } from './backoff.ts';
import { reasonOf, retryAfterMsOf } from './errors.ts';

/**
 * Subscribes again after a refusal that says when a retry may succeed, and resumes after the last event. Until then the
 * subscription is `connecting`, with the refusal as the error of that state.
 */
export const resumeAfterRefusal: TRPCLink<AppRouter> = () => {
  return ({ op, next }) =>
    observable((observer) => {
      let lastEventId: string | undefined;
      let attempts = 0;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let inner: Unsubscribable | undefined;
      let isStopped = false;

      function subscribe(): void {
        // safe: procedures that can resume take an object
        const input = lastEventId === undefined ? op.input : { ...(op.input as object), lastEventId };
        inner = next({ ...op, input }).subscribe({
          next(envelope) {
            const { result } = envelope;
            if (result.type === 'started') attempts = 0;
            if ('id' in result && result.id !== undefined) lastEventId = result.id;
            observer.next(envelope);
          },
          error(error) {
            const delayMs = retryDelayMs(error, attempts);
            if (isStopped) return;
            if (delayMs === undefined) return observer.error(error);
            attempts += 1;
            observer.next({ result: { type: 'state', state: 'connecting', error } });
            timer = setTimeout(subscribe, delayMs);
          },
          complete: () => observer.complete(),
        });
      }
      subscribe();

      return () => {
        isStopped = true;
        clearTimeout(timer);
        inner?.unsubscribe();
      };
    });
};

/** No earlier than the server has said, and not all at the same moment. Undefined for errors that are final. */
function retryDelayMs(error: unknown, attempts: number): number | undefined {
  const retryAfterMs = retryAfterMsOf(error) ?? (reasonOf(error) === 'UNAVAILABLE' ? 0 : undefined);
  return retryAfterMs === undefined ? undefined : retryAfterMs + backoffMs(Math.min(attempts, 3));
}
