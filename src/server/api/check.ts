import type { TRPCMiddlewareFunction, TRPCProcedureType } from '@trpc/server';
import type { Context } from './context.ts';

/** What a check is given of a call. */
export interface CheckOptions<Extra, Input> {
  ctx: Omit<Context, keyof Extra> & Extra;
  input: Input;
  path: string;
  type: TRPCProcedureType;
}

/**
 * Throws if the call is not allowed. What it returns is added to the context. A check that need not wait should not return
 * a promise, because waiting for one costs more than most checks.
 */
export type Check<Extra, Input, Added> = (options: CheckOptions<Extra, Input>) => Added | Promise<Added>;

type AnyCheck = Check<unknown, unknown, unknown>;

type AddedBy<Added> = Added extends object ? Added : object;

const checks = new WeakMap<object, AnyCheck>();

/**
 * A middleware that only acts before the resolver. It cannot see the result or change the input, which is why the direct
 * path can run it without tRPC's recursion. Middlewares of any other kind work too, passed to `use` as they are, but then
 * each call of the procedure goes through tRPC and costs several times as much.
 */
export function check<Added, Extra = object, Input = unknown>(
  run: Check<Extra, Input, Added>,
): TRPCMiddlewareFunction<Context, object, Extra, AddedBy<Added>, Input> {
  const middleware: TRPCMiddlewareFunction<Context, object, Extra, AddedBy<Added>, Input> = async (call) => {
    const ctx = call.ctx as CheckOptions<Extra, Input>['ctx']; // safe: the same properties
    const added = await run({ ctx, input: call.input, path: call.path, type: call.type });
    return call.next(added ? { ctx: added as AddedBy<Added> } : {}); // safe: checks return objects or nothing
  };
  checks.set(middleware, run as unknown as AnyCheck); // safe: called only with what the steps before it have left
  return middleware;
}

/** The check that a middleware consists of, if {@link check} made it. */
export const checkOf = (middleware: object): AnyCheck | undefined => checks.get(middleware);
