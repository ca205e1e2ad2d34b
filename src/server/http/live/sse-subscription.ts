import { callTRPCProcedure, getTRPCErrorFromUnknown } from '@trpc/server';
import { appRouter } from '../../api/app-router.ts';
import type { Context } from '../../api/context.ts';
import type { Format } from '../../infra/live/batch.ts';
import { Subscription } from '../../infra/live/subscription.ts';
import { logProcedureError } from '../trpc/procedure-log.ts';
import type { SseStream } from './sse-streams.ts';

interface Call {
  path: string;
  input: unknown;
  ctx: Context;
  /** How its events are written. */
  format: Format;
  /** Called before its first event. */
  onStarted?: () => void;
}

/** Runs a subscription in a stream. Resolves when it has ended, and rejects with the error that ended it, which is logged. */
export async function runSubscription(stream: SseStream, call: Call): Promise<void> {
  const { path, input, ctx, format, onStarted } = call;
  try {
    const result: unknown = await callTRPCProcedure({
      router: appRouter,
      path,
      type: 'subscription',
      ctx,
      getRawInput: async () => input,
      signal: stream.signal,
      batchIndex: 0,
    });
    if (!(result instanceof Subscription)) throw new Error('the subscription did not attach');
    const sink = stream.sink(format);
    if (!sink) return result.end(); // the connection was closed meanwhile
    onStarted?.();
    result.attach(sink);
    await result.next();
    await result.next(); // resolves when it has ended
  } catch (cause) {
    logProcedureError(ctx.deps.log, getTRPCErrorFromUnknown(cause), path);
    throw cause;
  }
}
