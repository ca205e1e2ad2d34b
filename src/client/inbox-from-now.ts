import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from './api.ts';

/**
 * Gives a subscription to the inbox that starts now a place to resume from. Without one, what is sent while it is cut
 * off before its first event would be missed, as it would start from a later now.
 */
export function inboxFromNow(newestId: () => Promise<string>): TRPCLink<AppRouter> {
  return () => {
    return ({ op, next }) => {
      const input = (op.input ?? {}) as { lastEventId?: string }; // safe: as the procedure takes it
      if (op.path !== 'inbox.onMessage' || input.lastEventId !== undefined) return next(op);
      return observable((observer) => {
        let inner: { unsubscribe(): void } | undefined;
        let isStopped = false;
        newestId().then(
          (lastEventId) => {
            if (!isStopped) inner = next({ ...op, input: { ...input, lastEventId } }).subscribe(observer);
          },
          (error: Error) => observer.error(TRPCClientError.from(error)),
        );
        return () => {
          isStopped = true;
          inner?.unsubscribe();
        };
      });
    };
  };
}
