import type { Context } from '../context.ts';
import { createCallerFactory, router } from '../trpc.ts';
import { authRouter } from './auth.ts';
import { chatRouter } from './chat.ts';
import { inboxRouter } from './inbox.ts';
import { usersRouter } from './users.ts';

/** The API of Mirage. All else, the REST paths included, calls these procedures. */
export const appRouter = router({
  auth: authRouter,
  users: usersRouter,
  inbox: inboxRouter,
  chat: chatRouter,
});

export type AppRouter = typeof appRouter;

const createCallerOf = createCallerFactory(appRouter);

/** The same API within the process, without HTTP: rules, checks and errors are the same. */
export const createCaller = (context: Context) => createCallerOf(context);

export type Caller = ReturnType<typeof createCaller>;
