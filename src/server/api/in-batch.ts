import type { TRPCProcedureType } from '@trpc/server';
import type { BatchSize } from '../core/answer-size.ts';
import { AppError } from '../core/errors.ts';
import { yieldIfBusy } from '../core/slices.ts';
import type { Context, HeldByCall } from './context.ts';
import { observeCall } from './observe-call.ts';

interface Called<Result> {
  ctx: Context;
  path: string;
  type: TRPCProcedureType;
  run(held: HeldByCall): Promise<Result>;
  /** What of the result is sent. */
  dataOf(result: Result): unknown;
}

/**
 * Observes a call, which may be one of a batch: its queries run one after the other, and are refused with 'ANSWER_TOO_LARGE'
 * once their results are as large as one answer may be.
 */
export function observeInBatch<Result>({ ctx, path, type, run, dataOf }: Called<Result>): Promise<Result> {
  const { batchSize } = ctx;
  if (!batchSize) return observeCall(ctx, path, run);
  const call = () => observeCall(ctx, path, (held) => withinBatch(batchSize, type, () => run(held), dataOf));
  return type === 'query' ? batchSize.inTurn(call) : call();
}

/** Yields before each call, as refusing many is work too, and after it, as the last result is followed by the JSON of all. */
async function withinBatch<Result>(
  batchSize: BatchSize,
  type: TRPCProcedureType,
  run: () => Promise<Result>,
  dataOf: (result: Result) => unknown,
): Promise<Result> {
  await yieldIfBusy();
  if (type === 'query' && batchSize.isFull) throw new AppError('ANSWER_TOO_LARGE');
  const result = await run();
  await yieldIfBusy();
  // What a mutation has done cannot be refused any more.
  if (!batchSize.add(dataOf(result)) && type === 'query') throw new AppError('ANSWER_TOO_LARGE');
  await yieldIfBusy();
  return result;
}
