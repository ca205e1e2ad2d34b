import { TRPCError } from '@trpc/server';
import type { ZodType } from 'zod';
import type { Context } from '../context.ts';
import { observeCall } from '../observe.ts';
import { isMappingErrors, toCallersError } from '../trpc.ts';

/** A procedure as tRPC's own callers find it, in the one version that is pinned. */
export interface Procedure {
  _def: {
    type: 'query' | 'mutation' | 'subscription';
    meta?: unknown;
    inputs: ZodType[];
    /** The last of them calls the resolver. */
    middlewares: Middleware[];
    resolver(call: object): unknown;
  };
}

type Middleware = ((call: object) => Promise<unknown>) & { _type?: string };

export interface Call {
  path: string;
  ctx: Context;
  /** The input as it was sent. Asked for when a step needs it, so that who may not call learns nothing of it. */
  getInput(): unknown;
  signal?: AbortSignal | undefined;
}

/** What a middleware hands on to the next step. */
class Passed {
  readonly ctx: object | undefined;

  constructor(more?: { ctx?: object }) {
    this.ctx = more?.ctx;
  }
}

const pass = (more?: { ctx?: object }) => new Passed(more);

/**
 * Calls a procedure one step after the other: what tRPC does by calling each middleware within the one before it, with
 * copies of everything on the way, at several times the cost. It is safe as long as all a middleware does happens
 * before its `next`, whose result it must return; inputs are schemas that need not wait. Throws TRPCErrors only, as
 * callers are to learn of them.
 */
export function callDirectly(procedure: Procedure, call: Call): Promise<unknown> {
  return observeCall(call.ctx, call.path, () => takeSteps(procedure, call));
}

async function takeSteps({ _def }: Procedure, { path, ctx, getInput, signal }: Call) {
  const { type, meta, inputs, middlewares, resolver } = _def;
  const getRawInput = async () => getInput();
  let context: object = ctx;
  let input: unknown;
  let inputsRead = 0;
  try {
    for (let index = 0; index < middlewares.length - 1; index += 1) {
      const middleware = middlewares[index];
      if (isMappingErrors(middleware)) continue;
      if (middleware?._type === 'input') {
        input = joined(input, parse(inputs[inputsRead], getInput()));
        inputsRead += 1;
      } else {
        const call = {
          path,
          type,
          meta,
          ctx: context,
          input,
          getRawInput,
          signal,
          batchIndex: 0,
          next: pass,
        };
        const passed = await middleware?.(call);
        if (!(passed instanceof Passed))
          throw new Error(`${path} has a middleware that does not return what next gave it`);
        if (passed.ctx) context = { ...context, ...passed.ctx };
      }
    }
    return await resolver({ path, type, meta, ctx: context, input, getRawInput, signal, batchIndex: 0 });
  } catch (cause) {
    throw toCallersError(cause, ctx.deps.log);
  }
}

function parse(schema: ZodType | undefined, raw: unknown): unknown {
  const result = schema?.safeParse(raw);
  if (result?.error) throw new TRPCError({ code: 'BAD_REQUEST', cause: result.error });
  return result?.data;
}

/** The inputs of a procedure and of those it is built on add up. */
function joined(before: unknown, input: unknown): unknown {
  return isObject(before) && isObject(input) ? { ...before, ...input } : input;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
