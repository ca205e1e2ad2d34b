import {
  initTRPC,
  type TRPCDefaultErrorData,
  type TRPCDefaultErrorShape,
  type TRPCMiddlewareFunction,
} from '@trpc/server';
import { AppError, type Issue, type Reason, reasonOf } from '../core/errors.ts';
import { pingMs, silenceMs } from '../infra/live/timing.ts';
import { check } from './check.ts';
import type { Context, HeldByCall } from './context.ts';
import { observeInBatch } from './in-batch.ts';
import { type Repeat, runOnce } from './repeats.ts';
import { sessionOf } from './session.ts';

export interface ErrorData extends TRPCDefaultErrorData {
  reason: Reason;
  issues?: Issue[];
  /** Milliseconds after which a retry may succeed. */
  retryAfterMs?: number;
  /** What was made, for `ALREADY_DONE`. */
  id?: number | string;
}

/** An error as clients receive it. An interface, so that the declarations of procedures refer to it by name. */
export interface ErrorShape extends TRPCDefaultErrorShape {
  data: ErrorData;
}

/** What tRPC's own tools show of a procedure. */
export interface Meta {
  description?: string;
  /** What a mutation is answered that is repeated with the same key. Default: the first answer. */
  repeat?: Repeat;
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    sse: {
      ping: { enabled: true, intervalMs: pingMs },
      client: { reconnectAfterInactivityMs: silenceMs },
    },
    // By default stack traces are sent to callers unless NODE_ENV is production.
    isDev: false,
    errorFormatter({ shape, error }): ErrorShape {
      const reason = reasonOf(error);
      const { issues, retryAfterMs, id } = error instanceof AppError ? error : {};
      return {
        ...shape,
        // An unexpected error may contain SQL or a path, so its message is only logged.
        message: reason === 'INTERNAL' ? 'internal server error' : shape.message,
        data: {
          ...shape.data,
          reason,
          ...(issues && { issues }),
          ...(retryAfterMs && { retryAfterMs }),
          ...(id !== undefined && { id }),
        },
      };
    },
  });

export const { router, createCallerFactory } = t;

/** Surrounds the steps of a call. The direct path knows this middleware by identity, and does the same itself. */
export const observe: TRPCMiddlewareFunction<Context, Meta, object, object, unknown> = ({
  ctx,
  path,
  type,
  meta,
  getRawInput,
  next,
}) => {
  const { idempotencyKey } = ctx;
  async function run(held: HeldByCall) {
    const result = await next({ ctx: { held } });
    if (!result.ok) throw result.error;
    return result;
  }
  async function runKeyed(key: string, held: HeldByCall) {
    const mutation = { path, repeat: meta?.repeat, getInput: getRawInput };
    return ok(await runOnce(ctx, key, mutation, async () => (await run(held)).data));
  }
  return observeInBatch({
    ctx,
    path,
    type,
    run: (held) =>
      idempotencyKey === undefined || type !== 'mutation' ? run(held) : runKeyed(idempotencyKey, held),
    dataOf: ({ data }) => data,
  });
};

/** A result as tRPC makes it. The mark that its type demands is not read. */
const ok = (data: unknown) =>
  ({ ok: true, data }) as Extract<Awaited<ReturnType<typeof observe>>, { ok: true }>; // safe: see above

/** For everyone, with or without a session. */
export const publicProcedure = t.procedure.use(observe);

const requireSession = check(({ ctx, path, type }) => {
  const session = sessionOf(ctx, path, type);
  return session instanceof Promise ? session.then((session) => ({ session })) : { session };
});

/** For callers with a valid session, or an access token in whose scopes the procedure is. It is added to the context. */
export const authedProcedure = publicProcedure.use(requireSession);
