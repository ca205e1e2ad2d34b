import { getTRPCErrorFromUnknown } from '@trpc/server';
import type { Context } from '../../api/context.ts';
import { directRouter } from '../../api/direct/direct-router.ts';
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
    const procedure = directRouter.require(path, 'subscription');
    const subscription = await procedure.call({ path, ctx, getInput: () => input, signal: undefined });
    if (!(subscription instanceof Subscription)) throw new Error('the subscription did not attach');
    const sink = stream.sink(format);
    if (!sink) return subscription.leave(); // the connection was closed meanwhile
    onStarted?.();
    stream.subscriptions.add(subscription);
    subscription.attach(sink);
    await subscription.untilEnd().finally(() => stream.subscriptions.delete(subscription));
  } catch (cause) {
    logProcedureError(ctx.deps.log, getTRPCErrorFromUnknown(cause), path);
    throw cause;
  }
}
