import type { Context } from '../context.ts';
import { appRouter, type Caller } from './app-router.ts';
import { callDirectly } from './direct-call.ts';
import { procedures } from './procedures.ts';

/** A part of the API, such as `chat`, for one caller; or the whole of it. */
class Bound {
  readonly ctx: Context;

  constructor(ctx: Context) {
    this.ctx = ctx;
  }
}

const Whole = class extends Bound {};

for (const name of Object.keys(appRouter._def.record)) {
  const Part = partNamed(name);
  Object.defineProperty(Whole.prototype, name, {
    get(this: Bound) {
      return new Part(this.ctx);
    },
  });
}

/** Its methods are made once for all callers. */
function partNamed(name: string): typeof Bound {
  const Part = class extends Bound {};
  for (const [path, procedure] of Object.entries(procedures)) {
    if (!path.startsWith(`${name}.`)) continue;
    Object.defineProperty(Part.prototype, path.slice(name.length + 1), {
      value(this: Bound, input: unknown) {
        return callDirectly(procedure, { path, ctx: this.ctx, getInput: () => input });
      },
    });
  }
  return Part;
}

/**
 * What `createCaller` gives, without the proxy that makes a path of each property asked for: for callers that live for
 * one request. Its methods must not be taken off their object.
 */
export const createDirectCaller = (ctx: Context) => new Whole(ctx) as unknown as Caller; // safe: it has a method for each procedure
