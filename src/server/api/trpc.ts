import {
  initTRPC,
  type TRPCDefaultErrorData,
  type TRPCDefaultErrorShape,
  type TRPCMiddlewareFunction,
  type TRPCProcedureType,
} from '@trpc/server';
import type { BatchSize } from '../core/answer-size.ts';
import { AppError, type Issue, type Reason, reasonOf } from '../core/errors.ts';
import { yieldIfBusy } from '../core/slices.ts';
import { pingMs, silenceMs } from '../infra/live/timing.ts';
import { check } from './check.ts';
import type { Context } from './context.ts';
import { observeCall } from './observe-call.ts';
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
  const { batchSize, idempotencyKey } = ctx;
  const call = () =>
    observeCall(ctx, path, (held) => {
      async function run() {
        const result = await next({ ctx: { held } });
        if (!result.ok) throw result.error;
        return result;
      }
      async function runKeyed(key: string) {
        const mutation = { path, repeat: meta?.repeat, getInput: getRawInput };
        return ok(await runOnce(ctx, key, mutation, async () => (await run()).data));
      }
      const once = () =>
        idempotencyKey === undefined || type !== 'mutation' ? run() : runKeyed(idempotencyKey);
      return batchSize ? withinBatch(batchSize, type, once) : once();
    });
  return batchSize && type === 'query' ? batchSize.inTurn(call) : call();
};

/** Yields before each call, as refusing many is work too, and after it, as the last result is followed by the JSON of all. */
async function withinBatch<Result extends { data: unknown }>(
  batchSize: BatchSize,
  type: TRPCProcedureType,
  run: () => Promise<Result>,
): Promise<Result> {
  await yieldIfBusy();
  if (type === 'query' && batchSize.isFull) throw new AppError('ANSWER_TOO_LARGE');
  const result = await run();
  await yieldIfBusy();
  // What a mutation has done cannot be refused any more.
  if (!batchSize.add(result.data) && type === 'query') throw new AppError('ANSWER_TOO_LARGE');
  await yieldIfBusy();
  return result;
}

/** A result as tRPC makes it. The mark that its type demands is not read. */
const ok = (data: unknown) =>
  ({ ok: true, data }) as Extract<Awaited<ReturnType<typeof observe>>, { ok: true }>; // safe: see above

/** For everyone, with or without a session. */
export const publicProcedure = t.procedure.use(observe);

const requireSession = check(({ ctx }) => {
  const session = sessionOf(ctx);
  return session instanceof Promise ? session.then((session) => ({ session })) : { session };
});

/** For callers with a valid session, which is added to the context. */
export const authedProcedure = publicProcedure.use(requireSession);
