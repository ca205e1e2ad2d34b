import type { Context } from '../context.ts';
import { createCallerFactory, router } from '../trpc.ts';
import { authRouter } from './auth.ts';
import { chatRouter } from './chat.ts';
import { inboxRouter } from './inbox.ts';
import { usersRouter } from './users.ts';

/** The typed API: a tRPC router, to be mounted elsewhere or merged into another. The REST paths call it too. */
export const appRouter = router({
  /** Accounts, sessions and passwords. */
  auth: authRouter,
  /** Profiles. */
  users: usersRouter,
  /** Messages from one user to another, which are kept. */
  inbox: inboxRouter,
  /** Rooms, with the messages lately said in them. */
  chat: chatRouter,
});

/** The type of the typed API, all that a client needs. Its procedures are on the page “Procedures”. */
export type AppRouter = typeof appRouter;

const createCallerOf = createCallerFactory(appRouter);

/** What calls the procedures of {@link AppRouter} within the process, such as `caller.chat.sendMessage(input)`. */
export type Caller = ReturnType<typeof createCallerOf>;

/** The same API without HTTP: rules, checks and errors are the same; refusals are thrown, as `AppError`. */
export const createCaller = (context: Context): Caller => createCallerOf(context);
