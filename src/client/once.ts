import { type Operation, retryLink, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from './api.ts';
import { lostAnswerMs } from './backoff.ts';
import { isUnreachable, reasonOf } from './errors.ts';
import { randomKey } from './random-key.ts';

/** What the links of a mutation note in its context. */
interface Notes {
  idempotencyKey?: string;
  isRepeated?: boolean;
}

const notesOf = ({ context }: Operation): Notes => context;

/** How often a mutation is sent at most. */
const maxAttempts = 6;

/** A repeat of these gets `UNAUTHORIZED` if the first succeeded. */
const loggedOut = new Set(['auth.logout', 'auth.logoutEverywhere']);

/** Names each mutation, so that the server recognizes a repeat. A message that the caller has named keeps that name. */
const nameMutation: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) => {
    const { clientId } = (op.input ?? {}) as { clientId?: unknown }; // safe: inputs are objects
    const named = clientId === undefined ? { idempotencyKey: randomKey() } : {};
    const context: Notes = { ...op.context, ...named };
    return observable((observer) =>
      next({ ...op, context: context as Record<string, unknown> }).subscribe({
        next: (envelope) => observer.next(envelope),
        complete: () => observer.complete(),
        error(error) {
          const isDone = context.isRepeated && loggedOut.has(op.path) && reasonOf(error) === 'UNAUTHORIZED';
          if (!isDone) return observer.error(error);
          observer.next({ result: { type: 'data', data: undefined } });
          observer.complete();
        },
      }),
    );
  };

/** Resends a mutation a few times if its answer was lost, but never after the server has answered. */
const repeatLost = retryLink<AppRouter>({
  retry({ op, error, attempts }) {
    if (attempts >= maxAttempts || op.signal?.aborted || !isUnreachable(error)) return false;
    notesOf(op).isRepeated = true;
    return true;
  },
  retryDelayMs: (attempts) => lostAnswerMs(attempts - 1),
});

/** For mutations over HTTP: callers see one outcome of each, also where its answer was lost. */
export const once = [nameMutation, repeatLost];

/** The header that names a mutation. */
export function keyHeader(op: Operation): Record<string, string> {
  const { idempotencyKey } = notesOf(op);
  return idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
}
