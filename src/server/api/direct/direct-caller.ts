import type { Caller } from '../app-router.ts';
import type { Context } from '../context.ts';
import { type DirectRouter, directRouter } from './direct-router.ts';
import { definitionOf, type ProcedureRecord } from './internals.ts';

interface CallerOptions {
  signal?: AbortSignal;
}

/** A router, or a part of it such as `chat`, for one caller. */
class Bound {
  readonly ctx: Context;
  readonly options: CallerOptions;

  constructor(ctx: Context, options: CallerOptions) {
    this.ctx = ctx;
    this.options = options;
  }
}

/** The methods are created once for all callers. */
function boundTo(router: DirectRouter, record: ProcedureRecord, prefix: string): typeof Bound {
  const Caller = class extends Bound {};
  for (const [name, entry] of Object.entries(record)) {
    const path = prefix + name;
    if (typeof entry === 'function')
      Object.defineProperty(Caller.prototype, name, {
        value(this: Bound, input: unknown) {
          const { ctx, options } = this;
          return router.find(path)?.call({ path, ctx, getInput: () => input, signal: options.signal });
        },
      });
    else {
      const Part = boundTo(router, entry, `${path}.`);
      Object.defineProperty(Caller.prototype, name, {
        get(this: Bound) {
          return new Part(this.ctx, this.options);
        },
      });
    }
  }
  return Caller;
}

/**
 * A cheaper `createCaller`, without the proxy that builds a path from property names, for callers that are created for
 * each request. Methods must not be detached from their object. A router with lazy parts gets tRPC's own caller.
 */
export function createDirectCallerFactory<RouterCaller>(router: DirectRouter) {
  const { record, lazy } = definitionOf(router.router);
  const Whole = boundTo(router, record, '');
  const hasLazyParts = Object.keys(lazy).length > 0;
  return (ctx: Context, options: CallerOptions = {}): RouterCaller => {
    const caller = hasLazyParts ? router.router.createCaller(ctx, options) : new Whole(ctx, options);
    return caller as RouterCaller; // safe: it has a method for each procedure
  };
}

/** The direct caller of Mirage's API. */
export const createDirectCaller = createDirectCallerFactory<Caller>(directRouter);
