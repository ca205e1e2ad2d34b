import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initTRPC, lazy } from '@trpc/server';
import { getWSConnectionHandler } from '@trpc/server/adapters/ws';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { definitionOf, isKnown, isPlain, type Procedure } from '../../src/server/api/direct/internals.ts';

/** What Mirage relies on beyond tRPC's documented API. Each failure names the file to adapt. */
const require = createRequire(import.meta.url);
// safe: every package has a version
const { version } = JSON.parse(readFileSync(require.resolve('@trpc/server/package.json'), 'utf8')) as {
  version: string;
};
const changed = (what: string, file = 'src/server/api/direct/internals.ts') =>
  `@trpc/server ${version} has changed ${what}: adapt ${file}`;

const t = initTRPC.create();
const base = t.procedure;
const everything = base
  .input(z.object({ a: z.string() }))
  .output(z.object({ b: z.string() }))
  .meta({})
  .errors(() => undefined)
  .use(({ next }) => next())
  .concat(base.input(z.object({ c: z.string() })));

it('knows every property of a procedure', () => {
  const procedure = everything.query(() => ({ b: '' })) as unknown as Procedure;
  expect(isKnown(procedure), changed('the properties of procedures')).toBe(true);
  const called = base.experimental_caller(async () => 1).query(() => 1) as unknown as Procedure;
  expect(isKnown(called), changed('experimental_caller')).toBe(false);
});

it('finds the steps of a procedure', async () => {
  const { _def } = everything.query(() => ({ b: 'result' })) as unknown as Procedure;
  expect(_def.type, changed('the type of procedures')).toBe('query');
  expect(
    _def.middlewares.map(({ _type }) => _type),
    changed('the order or the types of middlewares'),
  ).toEqual(['input', 'output', 'errors', undefined, 'input', undefined]);
  expect(_def.inputs, changed('the inputs of procedures')).toEqual([
    expect.any(z.ZodType),
    expect.any(z.ZodType),
  ]);
  expect(_def.output, changed('the output of procedures')).toBeInstanceOf(z.ZodType);
  expect(_def.resolver({}), changed('the resolver of procedures')).toEqual({ b: 'result' });
  expect(await _def.middlewares.at(-1)?.({}), changed('the last middleware')).toMatchObject({
    ok: true,
    data: { b: 'result' },
  });
});

it('runs the steps for input and output on their own', async () => {
  const [input, output] = (everything.query(() => ({ b: '' })) as unknown as Procedure)._def.middlewares;
  const inputs: unknown[] = [];
  const next = async (more?: unknown) => {
    inputs.push(more);
    return { ok: true, data: { b: '1', more: 2 } };
  };
  await input?.({ getRawInput: async () => ({ a: '1', more: 2 }), input: { before: 0 }, next });
  expect(inputs, changed('the middleware of .input()')).toEqual([{ input: { before: 0, a: '1' } }]);
  expect(await output?.({ next }), changed('the middleware of .output()')).toEqual({
    ok: true,
    data: { b: '1' },
  });
});

it('finds the parts of a router', async () => {
  const ping = base.query(() => 'pong');
  const parts = t.router({ part: { ping }, later: lazy(async () => t.router({ ping })) });
  const { procedures, record, lazy: unloaded, _config } = definitionOf(parts);
  expect(Object.keys(procedures), changed('the procedures of routers')).toEqual(['part.ping']);
  expect(record, changed('the record of routers')).toEqual({ part: { ping } });
  expect(Object.keys(unloaded), changed('lazy routers')).toEqual(['later']);
  expect(isPlain(_config), changed('the transformer of routers')).toBe(true);
  await parts.createCaller({}).later.ping();
  expect(Object.keys(procedures), changed('the loading of lazy routers')).toEqual([
    'part.ping',
    'later.ping',
  ]);
});

it('encodes messages to WebSockets with the encoder it is given', async () => {
  const sent: unknown[] = [];
  const listeners = new Map<string, (data: unknown) => void>();
  const socket = {
    readyState: 1,
    OPEN: 1,
    on: (event: string, listener: (data: unknown) => void) => void listeners.set(event, listener),
    once: () => {},
    send: (data: unknown) => void sent.push(data),
  };
  const connect = getWSConnectionHandler({
    router: t.router({ ping: base.query(() => 'pong') }),
    wss: {} as never,
    experimental_encoder: { encode: (message) => ({ encoded: message }) as never, decode: JSON.parse },
  });
  connect(socket as never, { url: '/', headers: {} } as never);
  listeners.get('message')?.(Buffer.from('{"id":1,"method":"query","params":{"path":"ping"}}'));
  await expect
    .poll(() => sent, { message: changed('experimental_encoder', 'src/server/http/live/ws-server.ts') })
    .toEqual([{ encoded: { id: 1, result: { type: 'data', data: 'pong' } } }]);
});
