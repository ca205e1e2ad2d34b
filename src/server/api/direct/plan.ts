import { ZodType } from 'zod';
import { checkOf } from '../check.ts';
import { type Meta, observe } from '../trpc.ts';
import { isKnown, type Middleware, type Procedure, type ProcedureType } from './internals.ts';

/** A schema, and tRPC's middleware that applies it. */
export interface Parser {
  schema: ZodType;
  middleware: Middleware;
  /** Set once the schema turned out to be asynchronous: from then on only the middleware is used. */
  isAsync: boolean;
}

export type Step =
  | { kind: 'check'; run: NonNullable<ReturnType<typeof checkOf>> }
  | { kind: 'input'; parser: Parser };

/** The steps of a procedure between `observe`, which is the first, and the resolver. */
export interface Plan {
  type: ProcedureType;
  meta: Meta | undefined;
  steps: Step[];
  output: Parser | undefined;
  resolver(options: object): unknown;
}

/**
 * The plan for calling a procedure without tRPC's recursion, or undefined if it has a step other than checks and zod
 * schemas. Since checks act before the resolver only, the one output schema can be applied last wherever it was declared.
 */
export function planOf(procedure: Procedure): Plan | undefined {
  const { type, meta, inputs, output, middlewares, resolver } = procedure._def;
  if (!isKnown(procedure) || middlewares[0] !== observe) return undefined;

  const steps: Step[] = [];
  const unused = [...inputs];
  let outputParser: Parser | undefined;
  for (const middleware of middlewares.slice(1, -1)) {
    const run = checkOf(middleware);
    const isOutput = middleware._type === 'output' && outputParser === undefined;
    const schema = isOutput ? output : middleware._type === 'input' ? unused.shift() : undefined;
    if (run) steps.push({ kind: 'check', run });
    else if (!(schema instanceof ZodType)) return undefined;
    else {
      const parser = { schema, middleware, isAsync: false };
      if (isOutput) outputParser = parser;
      else steps.push({ kind: 'input', parser });
    }
  }
  return { type, meta, steps, output: outputParser, resolver };
}
