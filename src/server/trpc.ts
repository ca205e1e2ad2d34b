import {
  getTRPCErrorFromUnknown,
  initTRPC,
  type TRPCDefaultErrorData,
  type TRPCDefaultErrorShape,
  type TRPCError,
} from '@trpc/server';
import { ZodError } from 'zod';
import type { Context } from './context.ts';
import { isUnavailable, unavailable } from './db/unavailable.ts';
import { AppError, type Reason, reasonOf } from './errors.ts';
import { pingMs, silenceMs } from './live/timing.ts';
import type { Logger } from './logger.ts';
import { observeCall } from './observe.ts';
import { findSession } from './services/authenticate.ts';

/** What is wrong with which field of the input. */
export interface Issue {
  path: string;
  message: string;
}

export interface ErrorData extends TRPCDefaultErrorData {
  reason: Reason;
  issues?: Issue[];
  /** For what may go well later: when to try again. */
  retryAfterMs?: number;
}

/** An error as clients receive it. It has a name so that the declarations of procedures need not repeat it. */
export interface ErrorShape extends TRPCDefaultErrorShape {
  data: ErrorData;
}

const t = initTRPC.context<Context>().create({
  sse: {
    ping: { enabled: true, intervalMs: pingMs },
    client: { reconnectAfterInactivityMs: silenceMs },
  },
  // Otherwise stack traces would leave the server unless NODE_ENV says production.
  isDev: false,
  errorFormatter({ shape, error }): ErrorShape {
    const reason = reasonOf(error);
    const issues = issuesOf(error.cause);
    const retryAfterMs = error instanceof AppError ? error.retryAfterMs : undefined;
    return {
      ...shape,
      message: messageOf(reason, issues, shape.message),
      data: { ...shape.data, reason, ...(issues && { issues }), ...(retryAfterMs && { retryAfterMs }) },
    };
  },
});

export const { router, createCallerFactory } = t;

/** What was thrown, as callers are to learn of it: where the database is away, that is what they are told. */
export function toCallersError(thrown: unknown, log: Logger): TRPCError {
  const error = getTRPCErrorFromUnknown(thrown);
  if (!isUnavailable(error.cause)) return error;
  log.warn({ err: error.cause }, 'the database is unavailable');
  return unavailable();
}

/** For everybody, with a session or without. */
export const publicProcedure = t.procedure.use(({ ctx, path, next }) =>
  observeCall(ctx, path, async () => {
    ctx.underWay?.begin();
    try {
      const result = await next();
      if (!result.ok) throw toCallersError(result.error, ctx.deps.log);
      return result;
    } finally {
      ctx.underWay?.end();
    }
  }),
);

const mapErrors: unknown = publicProcedure._def.middlewares.at(-1);

/** Whether this is the step that matters for a call over HTTP by `observeCall` and `toCallersError` alone, which who calls those can leave out. */
export const isMappingErrors = (middleware: unknown) => middleware === mapErrors;

/** For callers whose token opens a session; it is in the context. */
export const authedProcedure = publicProcedure.use(async ({ ctx, next }) => {
  const { deps, token, address } = ctx;
  const session = ctx.session ?? (token === undefined ? null : await findSession(deps, token, address));
  if (!session) throw new AppError('UNAUTHORIZED');
  if (ctx.proveOnce) ctx.session = session;
  return next({ ctx: { session } });
});

function issuesOf(cause: unknown): Issue[] | undefined {
  if (!(cause instanceof ZodError)) return undefined;
  return cause.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}

function messageOf(reason: string, issues: Issue[] | undefined, message: string): string {
  if (issues) return issues.map((issue) => `${issue.path || 'input'}: ${issue.message}`).join('; ');
  // What was not foreseen may quote SQL or a path; the log has it, the caller gets none of it.
  return reason === 'INTERNAL' ? 'internal server error' : message;
}
