import { authRouter } from './auth.ts';
import { chatRouter } from './chat.ts';
import type { Context } from './context.ts';
import { descriptions } from './descriptions.ts';
import { describeProcedures } from './direct/internals.ts';
import { inboxRouter } from './inbox.ts';
import { serverRouter } from './server.ts';
import { createCallerFactory, router } from './trpc.ts';
import { usersRouter } from './users.ts';

/** Named, so that the declaration of the router refers to those of its parts, with their comments, instead of repeating them. */
type Routers = {
  auth: typeof authRouter;
  users: typeof usersRouter;
  inbox: typeof inboxRouter;
  chat: typeof chatRouter;
  server: typeof serverRouter;
};

/** The type of the typed API, which is all a client needs. The page “Procedures” lists its procedures. */
export type AppRouter = ReturnType<typeof router<Routers>>;

/** The typed API: a tRPC router that can be mounted elsewhere or merged into another. The legacy REST API calls it too. */
export const appRouter: AppRouter = router<Routers>({
  /** Accounts, sessions and passwords. */
  auth: authRouter,
  /** Profiles, privacy and blocks. */
  users: usersRouter,
  /** Persistent messages between users. */
  inbox: inboxRouter,
  /** Rooms and their recent messages. */
  chat: chatRouter,
  /** The server itself. */
  server: serverRouter,
});

describeProcedures(appRouter, descriptions);

/** Calls the procedures of {@link AppRouter} in-process: `caller.chat.sendMessage(input)`. */
export type Caller = ReturnType<AppRouter['createCaller']>;

const createCallerOf = createCallerFactory(appRouter);

/**
 * The same API in-process, without HTTP: rules, validation and errors are the same, and errors are thrown. Aborting `signal` ends the
 * subscriptions opened with it.
 */
export function createCaller(context: Context, { signal }: { signal?: AbortSignal } = {}): Caller {
  return createCallerOf(context, signal && { signal });
}
