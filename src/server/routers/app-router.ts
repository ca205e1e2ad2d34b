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

/** The type of the typed API, all that a client needs. Its procedures are on the page “Procedures”. */
export type AppRouter = ReturnType<typeof router<Parts>>;

/** The typed API: a tRPC router, to be mounted elsewhere or merged into another. The REST paths call it too. */
export const appRouter: AppRouter = router<Parts>({
  /** Accounts, sessions and passwords. */
  auth: authRouter,
  /** Profiles. */
  users: usersRouter,
  /** Messages from one user to another, which are kept. */
  inbox: inboxRouter,
  /** Rooms, with the messages lately said in them. */
  chat: chatRouter,
});

/** What calls the procedures of {@link AppRouter} within the process, such as `caller.chat.sendMessage(input)`. */
export type Caller = ReturnType<AppRouter['createCaller']>;

const createCallerOf = createCallerFactory(appRouter);

/**
 * The same API within the process, without HTTP: rules, checks and errors are the same; refusals are thrown. `signal` ends the subscriptions
 * that are opened with it.
 */
export function createCaller(context: Context, { signal }: { signal?: AbortSignal } = {}): Caller {
  return createCallerOf(context, signal && { signal });
}
