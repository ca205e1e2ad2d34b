import { experimental_standaloneMiddleware, initTRPC, TRPCError } from '@trpc/server';
import { z } from 'zod';
import { check } from '../../src/server/api/check.ts';
import type { Context } from '../../src/server/api/context.ts';
import { type Meta, publicProcedure as p } from '../../src/server/api/trpc.ts';
import { AppError } from '../../src/server/core/errors.ts';

/** Procedures and middlewares that are not built on Mirage's own. */
const { procedure: bare, middleware } = initTRPC.context<Context>().meta<Meta>().create();

/** What the steps of a procedure have done during the current call. */
export const events: unknown[] = [];
const note = (...event: unknown[]) => events.push(event);

interface Feature {
  procedure: object;
  /** Each is one call; undefined is a call without input. */
  inputs?: unknown[];
  /** Whether it is called without tRPC's recursion. */
  hasPlan: boolean;
}

const planned = (procedure: object, ...inputs: unknown[]): Feature => ({ procedure, inputs, hasPlan: true });
const unplanned = (procedure: object, ...inputs: unknown[]): Feature => ({
  procedure,
  inputs,
  hasPlan: false,
});

const named = z.object({ name: z.string() });
const aged = z.object({ age: z.number() });
const person = { name: 'Ada', age: 36 };
const boom = () => {
  throw new Error('boom');
};

/** Passes the call on and notes when it starts and ends. */
const noted = (name: string) =>
  middleware(async ({ next }) => {
    note(name, 'starts');
    const result = await next();
    note(name, 'ends', result.ok ? result.data : result.error.message);
    return result;
  });

/** Acts before the resolver only. */
const noteCheck = (name: string) =>
  check(async ({ path, input }) => {
    note(name, path, input);
  });

const addsToContext = check(async () => ({ session: { id: 7, username: 'ada', fromHost: false } }));

/** As a query of Prisma: it can be awaited, and is no Promise. */
const lazily = <Result>(run: () => Promise<Result>) => {
  // biome-ignore lint/suspicious/noThenProperty: this is what it is about
  return { then: (...on: Parameters<Promise<Result>['then']>) => run().then(...on) } as Promise<Result>; // safe: awaited only
};

/** A middleware that looks like one of tRPC's own steps. */
const disguisedAs = (type: string, ends: string) => {
  const disguised = middleware(async ({ next }) => {
    const result = await next();
    note(ends);
    return result;
  });
  for (const step of disguised._middlewares) step._type = type;
  return disguised;
};

/** Given to resolvers too, but not in tRPC's types. */
const rawInput = async (options: object) =>
  (await (options as { getRawInput(): Promise<unknown> }).getRawInput()) ?? null;

const isAda = async ({ name }: { name: string }) => {
  await Promise.resolve();
  return name === 'Ada';
};

export const features: Record<string, Feature> = {
  // Results
  nothing: planned(p.query(() => undefined)),
  null: planned(p.query(() => null)),
  text: planned(p.mutation(async () => 'text')),
  date: planned(p.query(() => new Date(0))),
  bigint: planned(p.query(() => ({ value: 1n }))),
  asyncIterable: planned(
    p.query(async function* () {
      yield 1;
    }),
  ),
  promiseInside: planned(p.query(() => ({ later: Promise.resolve(1) }))),
  asyncIterableInside: planned(p.query(() => ({ items: (async function* () {})() }))),
  functionInside: planned(p.query(() => ({ isAda, name: 'Ada' }))),

  // Errors
  trpcError: planned(
    p.query(() => {
      throw new TRPCError({ code: 'CONFLICT', message: 'taken' });
    }),
  ),
  appError: planned(
    p.mutation(() => {
      throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs: 1500 });
    }),
  ),
  error: planned(p.query(boom)),
  thrownText: planned(
    p.query(() => {
      throw 'text';
    }),
  ),
  thrownObject: planned(
    p.query(() => {
      throw { message: 'object', code: 5 };
    }),
  ),
  databaseUnavailable: planned(
    p.query(() => {
      throw new AppError('UNAVAILABLE');
    }),
  ),

  // .input()
  input: planned(
    p.input(named).query(({ input }) => input),
    person,
    {},
    5,
    undefined,
    null,
  ),
  inputOfMutation: planned(
    p.input(named).mutation(({ input }) => input),
    person,
    {},
    undefined,
  ),
  inputWithDefault: planned(
    p.input(named.default({ name: 'nobody' })).query(({ input }) => input),
    undefined,
    person,
  ),
  inputTransform: planned(
    p.input(named.transform(({ name }) => ({ length: name.length }))).query(({ input }) => input),
    person,
  ),
  inputOfText: planned(
    p.input(z.string()).query(({ input }) => input),
    'text',
    5,
  ),
  mergedInputs: planned(
    p
      .input(named)
      .input(aged)
      .query(({ input }) => input),
    person,
    { name: 'Ada' },
    { age: 1 },
    {},
  ),
  overlappingInputs: planned(
    p
      .input(named)
      .input(z.object({ name: z.string().transform((name) => name.toUpperCase()) }))
      .query(({ input }) => input),
    person,
  ),
  inputsWithChecksBetween: planned(
    p
      .use(noteCheck('first'))
      .input(named)
      .use(noteCheck('second'))
      .input(aged)
      .use(noteCheck('third'))
      .query(({ input }) => input),
    person,
    { name: 'Ada' },
  ),
  asyncRefinement: planned(
    p.input(named.refine(isAda, 'is not Ada')).query(({ input }) => input),
    person,
    { name: 'Bob' },
    person,
    5,
  ),
  asyncTransform: planned(
    p.input(named.transform(async ({ name }) => `${name}!`)).query(({ input }) => input),
    person,
    {},
  ),
  asyncRefinementBesideOthers: planned(
    p
      .input(named.refine(isAda, 'is not Ada'))
      .input(aged)
      .query(({ input }) => input),
    person,
    { name: 'Bob', age: 1 },
    { name: 'Ada' },
  ),
  asyncRefinementAfterOthers: planned(
    p
      .input(aged)
      .input(named.refine(isAda, 'is not Ada'))
      .query(({ input }) => input),
    person,
    { name: 'Bob', age: 1 },
  ),
  throwingRefinement: planned(
    p.input(named.refine(boom)).query(({ input }) => input),
    person,
    {},
  ),
  parserFunction: unplanned(
    p.input((raw: unknown) => (typeof raw === 'string' ? raw : boom())).query(({ input }) => input),
    'text',
    5,
  ),
  parserObject: unplanned(
    p.input({ parse: (raw: unknown) => ({ raw }) }).query(({ input }) => input),
    person,
  ),
  standardSchema: unplanned(
    p
      .input({
        '~standard': {
          version: 1 as const,
          vendor: 'test',
          validate: (value: unknown) =>
            typeof value === 'string' ? { value } : { issues: [{ message: 'not text' }] },
        },
      })
      .query(({ input }) => input),
    'text',
    5,
  ),

  // .output()
  output: planned(p.output(named).query(() => person)),
  outputMissesField: planned(p.output(named).query(() => ({}) as { name: string })),
  outputTransform: planned(p.output(named.transform(({ name }) => name.length)).query(() => person)),
  outputOfNothing: planned(p.output(z.void()).mutation(() => undefined)),
  outputAsyncRefinement: planned(
    p
      .input(named)
      .output(named.refine(isAda))
      .query(({ input }) => input),
    person,
    { name: 'Bob' },
    person,
  ),
  outputAsyncTransform: planned(
    p.output(named.transform(async ({ name }) => `${name}!`)).query(() => person),
  ),
  outputThrows: planned(p.output(named.transform(boom)).query(() => person)),
  outputOfFailure: planned(p.output(named).query(boom)),
  outputBeforeInputAndCheck: planned(
    p
      .output(named)
      .input(aged)
      .use(noteCheck('check'))
      .query(({ input }) => ({ ...input, name: 'Ada' })),
    person,
    {},
  ),
  outputParserFunction: unplanned(
    p.output((value: unknown) => ({ wrapped: value })).query(() => person as never),
  ),

  // Checks
  checkAdds: planned(p.use(addsToContext).query(({ ctx }) => ctx.session)),
  checkAddsTwice: planned(
    p
      .use(addsToContext)
      .use(check(async () => ({ session: 'replaced', more: 1 })))
      .query(({ ctx }) => [ctx.session, ctx.more]),
  ),
  checkThrows: planned(p.use(check(boom)).query(() => note('resolver'))),
  checkAtOnce: planned(
    p.use(check(() => ({ more: 1 }))).query(({ ctx }) => (ctx as { more?: unknown }).more),
  ),
  checkThenable: planned(
    p
      .use(check(() => lazily(async () => ({ more: 1 }))))
      .query(({ ctx }) => (ctx as { more?: unknown }).more),
  ),
  checkThenableThrows: planned(p.use(check(() => lazily(async () => boom()))).query(() => note('resolver'))),
  checkBeforeInput: planned(
    p
      .use(check(boom))
      .input(named)
      .query(() => null),
    5,
  ),

  // Middlewares of any kind
  appended: unplanned(p.use(async ({ next }) => next()).query(() => 'result')),
  before: unplanned(
    p
      .use(async ({ next, input, path, type, batchIndex }) => {
        note(path, type, batchIndex, input ?? null);
        return next();
      })
      .query(() => note('resolver')),
  ),
  after: unplanned(
    p
      .use(noted('outer'))
      .use(noted('inner'))
      .query(() => 'result'),
  ),
  afterFailure: unplanned(p.use(noted('outer')).use(noted('inner')).query(boom)),
  afterInputFailure: unplanned(
    p
      .use(noted('outer'))
      .input(named)
      .query(() => null),
    {},
  ),
  middlewareThrows: unplanned(p.use(boom).query(() => note('resolver'))),
  middlewareThrowsAfterwards: unplanned(
    p
      .use(async ({ next }) => {
        await next();
        return boom();
      })
      .query(() => note('resolver')),
  ),
  changesResult: unplanned(
    p
      .use(async ({ next }) => {
        const result = await next();
        return result.ok ? { ...result, data: { changed: result.data } } : result;
      })
      .query(() => 'result'),
  ),
  recovers: unplanned(
    p
      .use(async ({ next, ctx }) => {
        const result = await next();
        return result.ok ? result : { ...result, ok: true as const, data: result.error.message, ctx };
      })
      .query(boom),
  ),
  shortCircuit: unplanned(
    p
      .use(async ({ ctx }) => ({
        marker: 'middlewareMarker' as never,
        ok: true as const,
        data: 'early',
        ctx,
      }))
      .query(() => note('resolver')),
  ),
  returnsNothing: unplanned(
    p
      .use((async ({ next }: { next(): Promise<unknown> }) => {
        await next();
      }) as never)
      .query(() => 'result'),
  ),
  retries: unplanned(
    p
      .use(async ({ next }) => {
        const first = await next();
        return first.ok ? first : next();
      })
      .query(() => (note('attempt') < 2 ? boom() : 'result')),
  ),
  nextContext: unplanned(
    p.use(async ({ next }) => next({ ctx: { extra: 'more' } })).query(({ ctx }) => [ctx.extra, ctx.address]),
  ),
  nextInput: unplanned(
    p
      .input(named)
      .use(async ({ next }) => next({ input: { name: 'replaced' } }))
      .query(({ input }) => input),
    person,
  ),
  nextInputThenInput: unplanned(
    p
      .input(named)
      .use(async ({ next }) => next({ input: { name: 'replaced', extra: 1 } }))
      .input(aged)
      .query(({ input }) => input),
    person,
  ),
  nextRawInput: unplanned(
    p
      .use(async ({ next }) => next({ getRawInput: async () => ({ name: 'raw' }) }))
      .input(named)
      .query(({ input }) => input),
    person,
  ),
  middlewareBuilder: unplanned(
    p.use(noted('one').unstable_pipe(noted('two')._middlewares[0] as never)).query(() => 'result'),
  ),
  standaloneMiddleware: unplanned(
    p
      .use(
        experimental_standaloneMiddleware<{ ctx: object }>().create(async ({ next }) =>
          next({ ctx: { id: 1 } }),
        ),
      )
      .query(({ ctx }) => ctx.id),
  ),
  disguisedAsInput: unplanned(p.use(disguisedAs('input', 'input')).query(() => 'result')),
  disguisedAsInputBeforeInput: unplanned(
    p
      .use(disguisedAs('input', 'input'))
      .input(named)
      .query(({ input }) => input),
    person,
    {},
  ),
  disguisedAsOutput: unplanned(p.use(disguisedAs('output', 'output')).query(() => 'result')),
  disguisedAsOutputBesideOutput: unplanned(
    p
      .use(disguisedAs('output', 'one'))
      .output(named)
      .query(() => person),
  ),
  disguisedAsOutputAfterOutput: unplanned(
    p
      .output(named)
      .use(disguisedAs('output', 'one'))
      .query(() => person),
  ),
  middlewareBeforeBase: unplanned(
    bare
      .use(noted('first'))
      .concat(p)
      .query(() => 'result'),
  ),
  withoutBase: unplanned(bare.query(boom)),

  // .concat()
  concat: planned(
    p
      .input(named)
      .concat(bare.input(aged).use(noteCheck('concatenated')))
      .query(({ input }) => input),
    person,
    { name: 'Ada' },
  ),
  concatOutput: planned(p.concat(bare.output(named)).query(() => person)),
  concatMiddleware: unplanned(p.concat(bare.use(noted('concatenated'))).query(() => 'result')),
  unstableConcat: planned(
    p.unstable_concat(bare.input(aged)).query(({ input }) => input),
    person,
    {},
  ),
  baseTwice: unplanned(p.concat(p).query(boom)),

  // .meta()
  meta: unplanned(
    p
      .meta({ description: 'one' })
      .use(async ({ next, meta }) => {
        note('meta', meta);
        return next();
      })
      .query(() => 'result'),
  ),
  metaOfResolver: planned(
    p
      .meta({ description: 'one' })
      .query((options) => (options as unknown as { meta: unknown }).meta as { description: string }),
  ),

  // .errors()
  errors: unplanned(
    p.errors(({ shape, error }) => ({ ...shape, message: `formatted ${error.message}` })).query(boom),
  ),
  errorsOfInput: unplanned(
    p
      .errors(({ shape, input, path, type }) => ({ ...shape, message: JSON.stringify([path, type, input]) }))
      .input(named)
      .query(() => null),
    person,
    {},
  ),
  errorsLeavesToRoot: unplanned(p.errors(() => undefined).query(boom)),

  // What resolvers and middlewares are given
  getRawInput: planned(p.input(named).query(rawInput), person),
  getRawInputWithoutInput: planned(p.query(rawInput), person, undefined),
  getRawInputInMiddleware: unplanned(
    p
      .use(async ({ next, getRawInput }) => {
        note('raw', await getRawInput());
        return next();
      })
      .query(() => null),
    person,
  ),
  pathAndType: planned(
    p.mutation((options) => {
      const { path, type, batchIndex } = options as unknown as Record<string, unknown>;
      return { path, type, batchIndex };
    }),
  ),
  signal: planned(p.query(({ signal }) => String(signal) + signal?.aborted)),
  signalOfRest: planned(p.query(({ ctx: _, ...rest }) => String(rest.signal) + rest.signal?.aborted)),
  signalOfCopy: planned(p.query((options) => String({ ...options }.signal))),
  signalInMiddleware: unplanned(
    p
      .use(async ({ next, signal }) => {
        note(String(signal));
        return next();
      })
      .query(() => null),
  ),

  // .experimental_caller()
  callerOverride: unplanned(
    p
      .experimental_caller(async ({ args, invoke }) => {
        note('caller');
        return { called: await invoke(args[0] as never) };
      })
      .query(() => 'result'),
  ),
};
