import type { IncomingMessage, ServerResponse } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import type { Context } from '../../api/context.ts';
import type { Call, DirectProcedure } from '../../api/direct/direct-call.ts';
import type { DirectRouter } from '../../api/direct/direct-router.ts';
import type { ProcedureType } from '../../api/direct/internals.ts';
import { Leaving } from '../leaving.ts';
import { authScheme } from '../reply.ts';
import { refusalOfStream, sendAnswer } from './answer.ts';
import { HttpCall, parseInput } from './http-call.ts';

export interface BatchOptions {
  router: DirectRouter;
  /** What the calls of a batch share. */
  createBatchContext(req: IncomingMessage): Context;
  /** Headers of an answer with these errors, besides its type, its length, and that of a 401. */
  headersFor(errors: readonly TRPCError[]): string[];
  onError(error: TRPCError, path: string | undefined, req: IncomingMessage): void;
}

/** Calls of one type in one request. */
export interface Batch {
  type: ProcedureType;
  calls: { path: string; procedure: DirectProcedure }[];
}

/** The calls that a path such as `auth.me,users.count` names; undefined if it is not as simple as that. */
export function batchOf(router: DirectRouter, path: string, maxSize: number): Batch | undefined {
  const paths = path.split(',', maxSize + 1);
  if (paths.length > maxSize) return undefined;
  const calls: Batch['calls'] = [];
  for (const path of paths) {
    const procedure = router.find(path);
    if (!procedure || procedure.type !== (calls[0]?.procedure ?? procedure).type) return undefined;
    calls.push({ path, procedure });
  }
  const type = calls[0]?.procedure.type;
  return type && { type, calls };
}

/** Makes the calls of a batch side by side, and answers with all of their results and errors, in their order. */
export async function answerBatch(
  { router: { config }, createBatchContext, headersFor, onError }: BatchOptions,
  { type, calls }: Batch,
  text: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const inputs = new Inputs(text);
  const leaving = new Leaving(res);
  const errors: TRPCError[] = [];
  let ctx: Context | undefined;

  async function resultOf({ path, procedure }: Batch['calls'][number], index: number) {
    const call = new HttpCall(path, () => inputs.at(index), leaving, index);
    call.ctx = ctx;
    try {
      const data = await procedure.call(call as Call); // safe: it has its context now
      const refusal = refusalOfStream(data);
      return refusal ? failed(refusal, path, call.parsedInput) : { result: { data } };
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause);
      onError(error, path, req);
      return failed(error, path, call.parsedInput);
    }
  }

  function failed(error: TRPCError, path?: string, input?: unknown) {
    errors.push(error);
    return { error: getErrorShape({ config, error, type, path, input, ctx }) };
  }

  let body: string;
  try {
    ctx = createBatchContext(req);
    body = JSON.stringify(await Promise.all(calls.map(resultOf)));
  } catch (cause) {
    // As in tRPC's handler, an error in encoding the results is one of the request.
    errors.length = 0;
    const error = getTRPCErrorFromUnknown(cause);
    onError(error, undefined, req);
    return sendAnswer(
      res,
      getHTTPStatusCodeFromError(error),
      JSON.stringify(failed(error)),
      headersFor(errors),
    );
  }
  const statuses = new Set(errors.map(getHTTPStatusCodeFromError));
  if (errors.length < calls.length) statuses.add(200);
  const [status = 200] = statuses;
  const isMixed = statuses.size > 1;
  const headers = headersFor(errors);
  if (isMixed && statuses.has(401)) headers.push('www-authenticate', authScheme);
  sendAnswer(res, isMixed ? 207 : status, body, headers);
}

/** The inputs of a batch by the index of the call, parsed when the first is read. */
class Inputs {
  readonly #text: string;
  #all: Record<number, unknown> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Throws 'BAD_REQUEST'. */
  at(index: number): unknown {
    this.#all ??= objectOf(parseInput(this.#text));
    return this.#all[index];
  }
}

function objectOf(inputs: unknown): Record<number, unknown> {
  if (inputs === undefined) return {};
  if (typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs))
    return inputs as Record<number, unknown>; // safe: any property may be missing
  throw new TRPCError({
    code: 'BAD_REQUEST',
    message: '"input" needs to be an object when doing a batch call',
  });
}
