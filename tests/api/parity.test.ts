import { once } from 'node:events';
import http from 'node:http';
import { initTRPC, lazy } from '@trpc/server';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/server/api/context.ts';
import { createDirectCallerFactory } from '../../src/server/api/direct/direct-caller.ts';
import { directRouter } from '../../src/server/api/direct/direct-router.ts';
import { publicProcedure, router } from '../../src/server/api/trpc.ts';
import { features } from './features.ts';
import { context, openWays } from './ways.ts';

/**
 * Every feature of tRPC's procedure builder, called in four ways that must not differ: through tRPC's own caller and the
 * direct caller, and over HTTP through tRPC's stock handler and the direct path.
 */
const procedures = Object.fromEntries(
  Object.entries(features).map(([name, { procedure }]) => [name, procedure as never]),
);
const featureRouter = router(procedures);
const ways = await openWays(featureRouter);

describe.each(Object.entries(features))('%s', (path, { procedure, inputs = [], hasPlan }) => {
  const calls = inputs.length > 0 ? inputs : [undefined];
  const { type } = (procedure as { _def: { type: string } })._def;

  it.each(calls.map((input, index) => ({ input, index })))(
    'does not differ: call $index',
    async ({ input }) => {
      const [stock, direct] = [
        await ways.stockHttp(path, type, input),
        await ways.directHttp(path, type, input),
      ];
      expect(direct).toEqual(stock);
      const [called, calledDirectly] = [await ways.caller(path, input), await ways.directCaller(path, input)];
      expect(calledDirectly).toEqual(called);
    },
  );

  it(hasPlan ? 'is called without tRPC' : 'is called through tRPC', () => {
    expect(ways.direct.find(path)?.hasPlan).toBe(hasPlan);
  });
});

describe.each(['query', 'mutation'])('a batch of each %s', (type) => {
  const calls = Object.entries(features)
    .filter(([, { procedure }]) => (procedure as { _def: { type: string } })._def.type === type)
    .filter(([path]) => path !== 'before') // its result depends on what the other calls have done
    .flatMap(([path, { inputs = [] }]) =>
      (inputs.length > 0 ? inputs : [undefined]).map((input) => ({ path, input })),
    );

  /** Calls side by side take turns in another order. */
  async function expectSame(batch: typeof calls): Promise<number> {
    const [stock, direct] = [await ways.stockBatch(type, batch), await ways.directBatch(type, batch)];
    const inOrder = ({ events, ...answer }: typeof stock) => ({ ...answer, events: events.toSorted() });
    expect(inOrder(direct)).toEqual(inOrder(stock));
    return direct.status;
  }

  it('does not differ', async () => {
    const alone = await Promise.all(calls.map(({ path, input }) => ways.directHttp(path, type, input)));
    // A result that cannot be encoded fails the whole batch, with an error of no procedure.
    const isEncoded = (_: unknown, index: number) =>
      alone[index]?.status !== 500 || alone[index].body.includes('"path"');
    expect(await expectSame(calls.filter(isEncoded))).toBe(207);
    expect(await expectSame(calls)).toBe(calls.every(isEncoded) ? 207 : 500);
  });
});

it('does not tell callers why a result failed validation', async () => {
  const { status, body } = await ways.directHttp('outputMissesField', 'query');
  expect([status, JSON.parse(body)]).toMatchObject([500, { error: { message: 'internal server error' } }]);
  expect(body).not.toContain('issues');
});

it('covers every method of the procedure builder', () => {
  const covered = [
    'input',
    'output',
    'meta',
    'errors',
    'use',
    'concat',
    'unstable_concat',
    'experimental_caller',
  ];
  expect(
    Object.keys(publicProcedure).sort(),
    "tRPC's procedure builder has other methods than tests/api/features.ts covers",
  ).toEqual([...covered, '_def', 'query', 'mutation', 'subscription'].sort());
});

it('calls all procedures of Mirage without tRPC', () => {
  const paths = directRouter.paths();
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !directRouter.find(path)?.hasPlan)).toEqual([]);
});

it('aborts the signal when the client disconnects, and not when the answer is complete', async () => {
  for (const way of ['stock', 'direct'] as const) {
    const signals: AbortSignal[] = [];
    let entered = () => {};
    const hasEntered = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const waiting = router({
      wait: publicProcedure.query(async ({ signal }) => {
        if (signal) signals.push(signal);
        entered();
        await once(signal as AbortSignal, 'abort');
      }),
      answer: publicProcedure.query(({ signal }) => void (signal && signals.push(signal))),
    });
    const { urls, server } = await openWays(waiting);

    const request = http.get(`${urls[way]}/wait`).on('error', () => {});
    await hasEntered;
    request.destroy();
    await once(signals[0] as AbortSignal, 'abort');

    const closed = once(server[way], 'request').then(([, res]) => once(res, 'close'));
    await fetch(`${urls[way]}/answer`).then((response) => response.text());
    await closed;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  }
});

it('passes the signal of an in-process call on', async () => {
  const { direct } = await openWays(router({ signal: publicProcedure.query(({ signal }) => ({ signal })) }));
  const { signal } = new AbortController();
  const caller = createDirectCallerFactory<{ signal(): Promise<{ signal: AbortSignal }> }>(direct);
  expect((await caller(context, { signal }).signal()).signal).toBe(signal);
});

it('calls procedures of nested and lazy routers', async () => {
  const leaf = publicProcedure.query(({ path }) => path);
  const parts = router({
    leaf,
    nested: { leaf, deeper: router({ leaf }) },
    lazy: lazy(async () => router({ leaf, nested: { leaf } })),
  });
  const { caller, directCaller, stockHttp, directHttp } = await openWays(parts);
  for (const path of ['leaf', 'nested.leaf', 'nested.deeper.leaf', 'lazy.leaf', 'lazy.nested.leaf']) {
    expect(await directCaller(path)).toEqual(await caller(path));
    expect(await directHttp(path, 'query')).toEqual(await stockHttp(path, 'query'));
  }
});

it('leaves routers with a transformer or another path separator to the stock handler', async () => {
  const reverse = {
    serialize: (value: unknown) => ({ wrapped: value }),
    deserialize: (value: { wrapped: unknown }) => value.wrapped,
  };
  const configs = [
    initTRPC.context<Context>().create({ transformer: reverse }),
    initTRPC.context<Context>().create({ pathSeparator: '_' }),
  ];
  for (const { router, procedure } of configs) {
    const echo = procedure.query(({ ctx }) => ctx.address);
    const { stockHttp, directHttp } = await openWays(router({ part: { echo } }));
    for (const path of ['part.echo', 'part_echo'])
      expect(await directHttp(path, 'query')).toEqual(await stockHttp(path, 'query'));
  }
});

it('gives the same events of a subscription to in-process callers', async () => {
  const subscriptions = router({
    count: publicProcedure.subscription(async function* () {
      yield 1;
      yield 2;
      throw new Error('boom');
    }),
  });
  const { direct } = await openWays(subscriptions);
  const read = async (iterable: Promise<AsyncIterable<number>>) => {
    const seen: unknown[] = [];
    try {
      for await (const value of await iterable) seen.push(value);
    } catch (error) {
      seen.push(String(error));
    }
    return seen;
  };
  const directCaller = createDirectCallerFactory<ReturnType<typeof subscriptions.createCaller>>(direct);
  const stock = await read(subscriptions.createCaller(context).count() as never);
  expect(stock).toEqual([1, 2, 'Error: boom']);
  expect(await read(directCaller(context).count() as never)).toEqual(stock);
});
