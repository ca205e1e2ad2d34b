import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from './api.ts';

/**
 * Gives a subscription to the inbox that starts now a position to resume from. Otherwise, if it is disconnected before its
 * first event, it would start again from a later now, and miss what was sent in between.
 */
export function inboxFromNow(newestId: () => Promise<string>): TRPCLink<AppRouter> {
  return () => {
    return ({ op, next }) => {
      const input = (op.input ?? {}) as { lastEventId?: string }; // safe: the procedure's input
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
