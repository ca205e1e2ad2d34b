import { initTRPC } from '@trpc/server';
import { ZodError } from 'zod';
import type { Context } from './context.ts';
import { isUnavailable, unavailable } from './db/unavailable.ts';
import { AppError, reasonOf } from './errors.ts';
import { pingMs, silenceMs } from './live/timing.ts';
import { findSession } from './services/sessions.ts';

const t = initTRPC.context<Context>().create({
  sse: {
    ping: { enabled: true, intervalMs: pingMs },
    client: { reconnectAfterInactivityMs: silenceMs },
  },
  // Otherwise stack traces would leave the server unless NODE_ENV says production.
  isDev: false,
  errorFormatter({ shape, error }) {
    const reason = reasonOf(error);
    const issues = issuesOf(error.cause);
    return {
      ...shape,
      message: messageOf(reason, issues, shape.message),
      data: { ...shape.data, reason, ...(issues && { issues }) },
    };
  },
});

export const { router, createCallerFactory } = t;

/** For everybody, with a session or without. Where the database is away, that is what the caller is told. */
export const publicProcedure = t.procedure.use(async ({ ctx, next }) => {
  const result = await next();
  if (result.ok || !isUnavailable(result.error.cause)) return result;
  ctx.deps.log.warn({ err: result.error.cause }, 'the database is unavailable');
  throw unavailable();
});

/** For callers whose token opens a session; it is in the context. */
export const authedProcedure = publicProcedure.use(async ({ ctx, next }) => {
  const session = ctx.session ?? (ctx.token === undefined ? null : await findSession(ctx.deps, ctx.token));
  if (!session) throw new AppError('UNAUTHORIZED');
  if (ctx.proveOnce) ctx.session = session;
  return next({ ctx: { session } });
});

/** What is wrong with which field of the input. */
export interface Issue {
  path: string;
  message: string;
}

function issuesOf(cause: unknown): Issue[] | undefined {
  if (!(cause instanceof ZodError)) return undefined;
  return cause.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}

function messageOf(reason: string, issues: Issue[] | undefined, message: string): string {
  if (issues) return issues.map((issue) => `${issue.path || 'input'}: ${issue.message}`).join('; ');
  // What was not foreseen may quote SQL or a path; the log has it, the caller gets none of it.
  return reason === 'INTERNAL' ? 'internal server error' : message;
}
