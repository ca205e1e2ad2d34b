import type { Context } from '../context.ts';
import { createCallerFactory, router } from '../trpc.ts';
import { authRouter } from './auth.ts';
import { chatRouter } from './chat.ts';
import { inboxRouter } from './inbox.ts';
import { usersRouter } from './users.ts';

/** By their names, so that the declaration of the whole refers to theirs, comments and all, and does not repeat them. */
type Parts = {
  auth: typeof authRouter;
  users: typeof usersRouter;
  inbox: typeof inboxRouter;
  chat: typeof chatRouter;
};

export type AppRouter = ReturnType<typeof router<Parts>>;

/** The API of Mirage. All else, the REST paths included, calls these procedures. */
export const appRouter: AppRouter = router<Parts>({
  auth: authRouter,
  users: usersRouter,
  inbox: inboxRouter,
  chat: chatRouter,
});

export type Caller = ReturnType<AppRouter['createCaller']>;

const createCallerOf = createCallerFactory(appRouter);

/**
 * The same API within the process, without HTTP: rules, checks and errors are the same. `signal` ends the subscriptions
 * that are opened with it.
 */
export function createCaller(context: Context, { signal }: { signal?: AbortSignal } = {}): Caller {
  return createCallerOf(context, signal && { signal });
}
