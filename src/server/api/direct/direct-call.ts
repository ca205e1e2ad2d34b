import { TRPCError } from '@trpc/server';
import type { ZodSafeParseResult } from 'zod';
import type { Context, HeldByCall } from '../context.ts';
import { observeInBatch } from '../in-batch.ts';
import { runOnce } from '../repeats.ts';
import { isObject, type Middleware, type Procedure, type ProcedureType } from './internals.ts';
import { type Parser, type Plan, planOf } from './plan.ts';

export interface Call {
  path: string;
  /** Of the calls of one request; 0 by default. */
  batchIndex?: number;
  ctx: Context;
  /** The input as it was sent. Read when a step needs it, so that callers without access get no validation errors. */
  getInput(): unknown;
  /** Read only if the resolver asks for it. */
  readonly signal: AbortSignal | undefined;
}

/** A procedure, called with the result that tRPC would give, at less cost where it has a plan. */
export interface DirectProcedure {
  readonly type: ProcedureType;
  readonly hasPlan: boolean;
  /** Throws what tRPC would throw. */
  call(call: Call): Promise<unknown>;
}

export function createDirectProcedure(procedure: Procedure): DirectProcedure {
  const { type } = procedure._def;
  const plan = planOf(procedure);
  if (plan)
    return {
      type,
      hasPlan: true,
      call: (call) =>
        observeInBatch({
          ctx: call.ctx,
          path: call.path,
          type,
          run: (held) => runPlanOnce(plan, call, held),
          dataOf: (data) => data,
        }),
    };
  return {
    type,
    hasPlan: false,
    call: (call) => {
      const { path, ctx, signal, batchIndex = 0 } = call;
      return procedure({ path, type, ctx, getRawInput: async () => call.getInput(), signal, batchIndex });
    },
  };
}

function runPlanOnce(plan: Plan, call: Call, held: HeldByCall): Promise<unknown> {
  const { ctx, path } = call;
  if (ctx.idempotencyKey === undefined || plan.type !== 'mutation') return runPlan(plan, call, held);
  const mutation = { path, repeat: plan.meta?.repeat, getInput: () => call.getInput() };
  return runOnce(ctx, ctx.idempotencyKey, mutation, () => runPlan(plan, call, held));
}

async function runPlan(
  { type, meta, steps, output, resolver }: Plan,
  call: Call,
  held: HeldByCall,
): Promise<unknown> {
  const { path, batchIndex = 0 } = call;
  const getRawInput = async () => call.getInput();
  const ctx: Context = Object.assign({}, call.ctx, { held }); // a spread would cost a tenth of a whole call
  let input: unknown;
  for (const step of steps) {
    if (step.kind === 'check') {
      let added = step.run({ ctx, input, path, type });
      if (isThenable(added)) added = await added;
      if (added) Object.assign(ctx, added);
    } else {
      const parsed = parseSync(step.parser, call.getInput());
      if (parsed?.error) throw new TRPCError({ code: 'BAD_REQUEST', cause: parsed.error });
      input = parsed ? merge(input, parsed.data) : await inputOf(step.parser.middleware, getRawInput, input);
    }
  }
  const options = { path, type, meta, ctx, input, getRawInput, signal: undefined, batchIndex };
  const data = await resolver(new Proxy(options, new SignalOnDemand<typeof options>(call)));
  if (!output) return data;
  const parsed = parseSync(output, data);
  if (parsed?.error)
    throw new TRPCError({
      code: 'INTERNAL_SERVER_ERROR',
      message: 'Output validation failed',
      cause: parsed.error,
    });
  return parsed ? parsed.data : outputOf(output.middleware, data);
}

/** Reads the signal of the call on demand. A getter among the options would cost seven times as much. */
class SignalOnDemand<Options extends { signal: undefined }> {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  get(options: Options, name: string | symbol): unknown {
    return name === 'signal' ? this.#call.signal : options[name as keyof Options]; // safe: or undefined
  }
}

/** Gives undefined for a schema that must be awaited, or that throws: tRPC's own middleware knows what follows. */
function parseSync(parser: Parser, value: unknown): ZodSafeParseResult<unknown> | undefined {
  if (parser.isAsync) return undefined;
  try {
    return parser.schema.safeParse(value);
  } catch {
    parser.isAsync = true;
    return undefined;
  }
}

async function inputOf(middleware: Middleware, getRawInput: () => Promise<unknown>, before: unknown) {
  let input: unknown;
  await middleware({
    getRawInput,
    input: before,
    async next(more: { input: unknown }) {
      input = more.input;
      return { ok: true };
    },
  });
  return input;
}

async function outputOf(middleware: Middleware, data: unknown): Promise<unknown> {
  const result = await middleware({ next: async () => ({ ok: true, data }) });
  if (!result.ok) throw result.error;
  return result.data;
}

/** Several inputs are merged, as tRPC does. */
const merge = (before: unknown, input: unknown): unknown =>
  isObject(before) && isObject(input) ? Object.assign({}, before, input) : input;

/** Queries of Prisma can be awaited as well, and are no Promises. */
const isThenable = (value: unknown) => isObject(value) && 'then' in value;
