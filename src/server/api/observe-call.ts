import { getTRPCErrorFromUnknown, type TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { AppError, type Issue, reasonOfUnknown } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { sparingLog } from '../core/sparing-log.ts';
import { activeTracer, inSpan, type SpanFacts } from '../core/tracing.ts';
import { isUnavailable, unavailable } from '../infra/db/unavailable.ts';
import type { Context, HeldByCall } from './context.ts';

/**
 * What surrounds every call of a procedure: its span, the metrics of calls without a request, the count of calls in
 * flight, what the call holds, and the mapping of errors. Throws TRPCErrors only.
 */
export function observeCall<Result>(
  ctx: Context,
  path: string,
  run: (held: HeldByCall) => Promise<Result>,
): Promise<Result> {
  const { transport, trace } = ctx;
  if (transport === undefined && !activeTracer()) return countAndMapErrors(ctx, run);
  const call = () => countAndMapErrors(ctx, run);
  const facts: SpanFacts = {
    name: path,
    // These calls have no HTTP request of their own, so they are the entry span.
    isEntry: transport === 'ws' || transport === 'sse',
    parent: trace,
    attributes: { 'rpc.system': 'trpc', 'rpc.method': path },
  };
  if (transport === undefined) return inSpan(facts, call);

  const end = ctx.deps.metrics.call(transport, path);
  const result = inSpan(facts, call);
  result.then(
    () => end('ok'),
    (error: unknown) => end(reasonOfUnknown(error)),
  );
  return result;
}

async function countAndMapErrors<Result>(
  { deps, inFlight }: Context,
  run: (held: HeldByCall) => Promise<Result>,
): Promise<Result> {
  const held: HeldByCall = {};
  inFlight?.begin();
  try {
    return await run(held);
  } catch (cause) {
    throw toCallersError(cause, deps.log);
  } finally {
    inFlight?.end();
    held.release?.();
  }
}

/** The error for callers: 'UNAVAILABLE' if the database is, and an AppError for invalid input. */
function toCallersError(thrown: unknown, log: Logger): TRPCError {
  const error = getTRPCErrorFromUnknown(thrown);
  // Only for inputs: a result that fails validation is not the caller's fault, and its details are only logged.
  if (error.code === 'BAD_REQUEST' && error.cause instanceof ZodError) return invalidInput(error.cause);
  if (!isUnavailable(error.cause)) return error;
  sparingLog(log).warn({ err: error.cause }, 'the database is unavailable');
  return unavailable();
}

/** The error for an input that a schema has rejected. */
export function invalidInput(cause: ZodError): AppError {
  const issues = issuesOf(cause);
  return new AppError('INVALID_INPUT', { message: messageOf(issues), issues, cause });
}

const issuesOf = ({ issues }: ZodError): Issue[] =>
  issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));

const messageOf = (issues: Issue[]): string =>
  issues.map((issue) => `${issue.path || 'input'}: ${issue.message}`).join('; ');
